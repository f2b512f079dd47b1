"""A user's own files: pairs of sentences and treebanks, and the messages about broken ones."""

from pathlib import Path

import pytest

import zoo
from zoo.recipes.blstm_tagger import processing
from zoo.recipes.data import own_file as files
from zoo.recipes.data import pairs, treebank

ROW = "{n}\t{form}\t{form}\t{upos}\tX\t_\t0\troot\t_\t_"


@pytest.fixture
def tsv(tmp_path):
    def write(lines):
        (tmp_path / "pairs.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return str(tmp_path / "pairs.tsv")

    return write


def sentence(words):
    return [ROW.format(n=i, form=form, upos=upos) for i, (form, upos) in enumerate(words, 1)] + [""]


@pytest.fixture
def conllu(tmp_path):
    def write(rows):
        (tmp_path / "own.conllu").write_text("\n".join(rows) + "\n", encoding="utf-8")
        return str(tmp_path / "own.conllu")

    return write


def test_a_file_of_pairs_is_cut_into_splits_that_share_nothing(tsv):
    file = tsv([f"satz {i}\tsentence {i}" for i in range(20)])
    splits = {split: pairs.pairs(file, split) for split in files.SPLITS}
    assert [len(splits[split]) for split in ("train", "dev", "test")] == [16, 2, 2]
    assert len(set().union(*splits.values())) == 20
    for rows in splits.values():
        assert list(rows) == sorted(rows, key=lambda row: int(row[1].split()[1]))
    assert splits == {split: pairs.pairs(file, split) for split in files.SPLITS}


def test_a_file_that_is_sorted_by_length_has_short_and_long_rows_in_every_split(tsv):
    file = tsv([f"{'wort ' * n}\t{'word ' * n}" for n in range(1, 401)])
    for split in files.SPLITS:
        lengths = [len(source.split()) for source, _ in pairs.pairs(file, split)]
        assert 170 < sum(lengths) / len(lengths) < 230
        assert min(lengths) < 40 < 360 < max(lengths)


def test_documents_of_a_treebank_stay_whole(conllu):
    rows = []
    for document in range(12):
        rows += [f"# newdoc id = d{document}"]
        for _ in range(3):
            rows += sentence([(f"word{document}", "NOUN")])
    file = conllu(rows)
    words = [
        {word for s in treebank.sentences(file, split, None) for word in s.words}
        for split in files.SPLITS
    ]
    assert [len(each) for each in words] == [10, 1, 1]
    assert len(set().union(*words)) == 12


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_files_as_windows_writes_them_are_read_as_others(tmp_path, conllu, end):
    def as_windows_does(text):
        (tmp_path / "marked").write_bytes(text.replace("\n", end).encode("utf-8-sig"))
        return str(tmp_path / "marked")

    text = "".join(f"satz {i}\tsentence {i}\n" for i in range(20))
    assert all(row[1].startswith("sentence") for row in pairs.pairs(as_windows_does(text), "train"))
    file = conllu(sentence([("A", "DET"), ("dog", "NOUN")]) * 20)
    expected = treebank.sentences(file, "train", None)
    marked = as_windows_does(Path(file).read_text(encoding="utf-8"))
    assert treebank.sentences(marked, "train", None) == expected


@pytest.mark.parametrize("broken", ["no tab here", "a\tb\tc", "only source\t", "\tonly target"])
def test_a_line_without_two_sentences_is_named_by_its_number(tsv, broken):
    file = tsv([*["a\tb"] * 6, broken, *["a\tb"] * 6])
    with pytest.raises(zoo.UserError, match=r"pairs\.tsv, line 7: "):
        pairs.pairs(file, "train")


def test_too_few_lines_no_file_and_another_encoding_are_named(tsv, tmp_path):
    with pytest.raises(zoo.UserError, match="has 3 examples; it takes 10 or more"):
        pairs.pairs(tsv(["a\tb"] * 3), "dev")
    with pytest.raises(zoo.UserError, match=r"none\.tsv cannot be read: No such file"):
        pairs.pairs(str(tmp_path / "none.tsv"), "dev")
    (tmp_path / "latin.tsv").write_bytes("ä\tb\n".encode("latin-1"))
    with pytest.raises(zoo.UserError, match=r"latin\.tsv is not UTF-8"):
        pairs.pairs(str(tmp_path / "latin.tsv"), "dev")


def test_a_treebank_gives_words_and_leaves_out_rows_that_spell_several(conllu):
    several = ["# text = I don't.", "1\tI\tI\tPRON\tX\t_\t0\troot\t_\t_"]
    several += ["2-3\tdon't\t_\t_\t_\t_\t_\t_\t_\t_"]
    several += ["2\tdo\tdo\tAUX\tX\tMood=Ind\t0\troot\t_\t_", "3\tn't\tnot\tPART\tX\t_\t0\t_\t_\t_"]
    file = conllu([*several, "", *sentence([("Hi", "INTJ")]) * 12])
    first, *_ = treebank.sentences(file, "train", processing.UNIVERSAL)
    assert first.words == ("I", "do", "n't")
    assert first.upos == ("PRON", "AUX", "PART")
    assert first.feats[1] != "_"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1\tcat\tcat\tNOUN", "has 4 columns; a row of CoNLL-U has 10"),
        (
            ROW.format(n=1, form="cat", upos="NN"),
            "the tag 'NN' is none of ADJ, .*--set tags=treebank",
        ),
    ],
)
def test_a_broken_line_of_a_treebank_is_named_by_its_number(conllu, row, message):
    file = conllu([*sentence([("Hi", "INTJ")]) * 12, row, ""])
    with pytest.raises(zoo.UserError, match=rf"own\.conllu, line 25: .*{message}"):
        treebank.sentences(file, "train", processing.UNIVERSAL)

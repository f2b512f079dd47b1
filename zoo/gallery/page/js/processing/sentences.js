// Sentences of a text: the segmenter of syntok 1.4 (F. Leitner, MIT licence).

import { tokens } from "./tokens.js";

const set = (text) => new Set(text.split(/\s+/).filter(Boolean));
const OPENING = new Set("([{\uff5f\uff5b\uff3b\uff08\ufe5d\ufe5b\ufe59\ufd3e\u301a\u3018\u2985\u2983\u2329");
const CLOSING = new Set(")]}\uff60\uff5d\uff3d\uff09\ufe5e\ufe5c\ufe5a\ufd3f\u301b\u3019\u2986\u2984\u232a");
const QUOTES = new Set("'\"\u00b4\u2019\u201d\u232a\u27e9\u27eb\u2e29\u3009\u300b\u301e");
const TERMINALS = new Set(["...", ...".!?;\u203c\u203d\u2047\u2048\u2049\u3002\ufe52\ufe57\uff01\uff0e\uff1f\uff61"]);
const VOWELS = new Set("aeiouáéííóúäëïöüåæøAEIOUÁÉÍÍÓÚÄËÏÖÜÅÆØ");
const INNER = new Set(",;:");
const LONGEST_BRACKET = 70;
const NUMERALS = set(`I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI XXII XXIII XXIV XXV`);
const MONTHS = set(`
  Jän Jan en ene Ene feb febr Feb Mär Mar mzo Mzo Apr abr abl Abr may May jun Jun jul Jul ago agto Aug sep Sep sept
  Sept setbre set oct octbre Oct Okt nov novbre Nov dic dicbre Dic Dez Dec`);
const ABBREVIATIONS = set(`
  Abb adm Adm Abs afmo alt Alt Anl ap apdo approx Approx art Art atte atto Aufl ave Ave Az bmo Bmo brig Bd Brig bsp Bsp
  bspw bzgl bzw ca cap capt Capt cf cmdt Cmdt cnel Cnel Co col Col Corp de Dr dgl dt emp en es etc evtl excl exca Exca
  excmo Excmo exsmo Exsmo ff fig Fig figs Figs fr Fr gal gen Gen ggf gral Gral GmbH gob Gob Hd hno Hno hnos Hnos Inc
  incl inkl lic Lic lit ldo Ldo Ltd mag Mag max med Med Min min Mio mos Mr mr Mrd Mrs mrs Ms ms Mt mt MwSt nat Nat Nr
  nr ntra Ntra ntro Ntro pag phil prof Prof rer Rer resp sci Sci Sen Sr sr Sra sra Srta srta St st synth tab Tab tel
  Tel univ Univ Urt vda Vda vol Vol vs vta zB zit zzgl Mo Mon lun Di Tue mar Mi Wed mie mié Do Thu jue Fr Fri vie Sa
  Sat sab So Sun dom`);
const STARTERS = set(`
  Above Accordingly Additionally Admittedly All Also Although Again And Are As Assuredly Because Besides Certainly
  Chiefly Comparatively Consequently Conversely Coupled Correspondingly Does Due Especially For Furthermore Granted
  Generally Hence How However Identically In Indeed Instead It Its Likewise Moreover Nevertheless No Obviously Of On
  Ordinarily Other Otherwise Outside Particularly Rather Similarly Since Singularly Still So Subsequently That The
  Therefore Thereupon This Thus Unquestionably Use Usually What Where Whereas Wherefore Why Yet Auch Da Dabei Dadurch
  Daher Darauf Darum Das Dein Der Deswegen Die Du Ich Ihr Ihnen Er Es Euer Mein Nämlich Sie Sein So Somit Sonst Unser
  Warum Was Wegen Weil Wer Weshalb Wie Wieso Wir A Algunas Algunos De Desde Debido El Ella En Hay La Las Los No Otra
  Otro Para Por Porque Se También Todas Todos`);

// Of the Python words: letters that are numbers besides \p{N}.
const NUMBERS =
  "㐅㒃㠪㭍一七万三九二五亖亿什仟仨伍佰億兆兩八六十千卄卅卌叁参參叄四壱壹幺廾廿弌弍弎弐拾捌柒漆玖百肆萬貮貳贰阡陆陌陸零" +
  "\uf96b\uf973\uf978\uf9b2\uf9d1\uf9d3\uf9fd\u{20001}\u{20064}\u{200e2}\u{20121}\u{2092a}\u{20983}\u{2098c}\u{2099c}" +
  "\u{20aea}\u{20afd}\u{20b19}\u{22390}\u{22998}\u{23b1b}\u{2626d}\u{2f890}";
const NUMERIC = new RegExp(`^[\\p{N}${NUMBERS}]+$`, "u");
const HAS_NUMERIC = new RegExp(`[\\p{N}${NUMBERS}]`, "u");

const length = (text) => Array.from(text).length;
const isLower = (text) => /^\p{Lowercase}/u.test(text);
const isNumeric = (text) => NUMERIC.test(text);
const isAlpha = (text) => /^\p{L}+$/u.test(text);
const isAlphanumeric = (text) => /^[\p{L}\p{N}]+$/u.test(text);
const isUpper = (text) => /\p{Uppercase}/u.test(text) && !/[\p{Lowercase}\p{Lt}]/u.test(text);

function isTitle(text) {
  let [isCased, wasCased] = [false, false];
  for (const character of text) {
    const isCapital = /^[\p{Uppercase}\p{Lt}]$/u.test(character);
    const isSmall = !isCapital && /^\p{Lowercase}$/u.test(character);
    if ((isCapital && wasCased) || (isSmall && !wasCased)) return false;
    wasCased = isCapital || isSmall;
    isCased ||= wasCased;
  }
  return isCased;
}

/** The sentences of a text, each as the text spells it. */
export function sentences(text) {
  return [...new Segmenter(text).sentences()]
    .filter((each) => each.length > 1 || each[0].value)
    .map((each) => text.slice(each[0].offset, each.at(-1).offset + each.at(-1).value.length));
}

/** Tokens that were read and not yet moved past, the queue, and those of the sentence so far, the history. */
class Segmenter {
  constructor(text) {
    this.text = text;
    this.stream = tokens(text);
    this.queue = [];
    this.history = [];
  }

  *sentences() {
    if (!this.fetch()) return;
    while (this.queue.length || this.fetch()) {
      this.readSentence();
      if (this.history.length) yield this.history;
      this.history = [];
    }
  }

  /** Moves past one sentence, or all that is left. */
  readSentence() {
    let isFirst = true;
    while (this.queue.length || this.fetch()) {
      if (isFirst) {
        // Brackets around all of a sentence.
        if (this.isNext(OPENING) && this.skipBrackets() && this.history.length > 3 && !this.isNextLower()) return;
        if (!this.queue.length && !this.fetch()) return;
        this.move();
        if (!this.isNextTerminal()) isFirst = false;
        else if (this.endsAfterTerminal(true)) return;
      } else {
        this.moveAndSkipBrackets();
        if ((this.isNextTerminal() || this.isNext(OPENING)) && this.endsAfterTerminal(false)) return;
      }
    }
  }

  get next() {
    return this.queue[0]?.value ?? "";
  }

  get last() {
    return this.history.at(-1)?.value ?? "";
  }

  isNext = (values) => this.queue.length > 0 && values.has(this.next);
  isNextTerminal = () => this.isNext(TERMINALS) || this.next === "(";
  isNextLower = () => isLower(this.next);
  isNextAfterTerminal = () => this.isNext(TERMINALS) || this.isNext(CLOSING);
  isNextUnspaced = () => this.queue.length > 0 && !this.queue[0].spacing;

  fetch() {
    const { value, done } = this.stream.next();
    if (!done) this.queue.push(value);
    return !done;
  }

  move() {
    this.history.push(this.queue.shift());
    return this.queue.length > 0 || this.fetch();
  }

  moveAndSkipBrackets() {
    if (this.move() && this.isNext(OPENING)) this.skipBrackets();
    if (!this.queue.length) this.fetch();
  }

  skipBrackets() {
    const [closing, holdsSentence] = this.bracketed();
    if (!closing) return false;
    const { offset, value } = this.queue[closing];
    const room = length(this.text.slice(this.queue[0].offset, offset + value.length));
    if (room >= LONGEST_BRACKET && holdsSentence) return false;
    this.history.push(...this.queue.splice(0, closing + 1));
    this.fetch();
    return true;
  }

  /** Where the bracket that is next ends in the queue, 0 for nowhere, and whether a sentence seems to be in it. */
  bracketed() {
    let [depth, place, beginsTitled, endsTerminal] = [1, 1, null, false];
    while ((this.queue.length > place || this.fetch()) && place < 50) {
      const { value } = this.queue[place];
      if (beginsTitled === null && isAlphanumeric(value)) beginsTitled = isTitle(value);
      else if (beginsTitled && isAlphanumeric(value))
        endsTerminal = (this.queue.length > place + 1 || this.fetch()) && TERMINALS.has(this.queue[place + 1].value);
      if (OPENING.has(value)) depth++;
      else if (CLOSING.has(value) && --depth === 0) break;
      place++;
    }
    return [depth ? 0 : place, Boolean(beginsTitled && endsTerminal)];
  }

  /** Moves past a terminal, or brackets, and says whether the sentence ends there. */
  endsAfterTerminal(isFirst) {
    const before = this.last;
    if (!this.isNext(OPENING)) this.move();
    const after = this.moveToNextWord();
    const isShort = length(before) === 1 || NUMERALS.has(before);
    if (this.isNextLower() || this.isNext(INNER)) return false;
    if (!(isFirst && isShort) && this.isNext(STARTERS)) return true;
    if (ABBREVIATIONS.has(before) && !CLOSING.has(after)) return false;
    if (["no", "No", "NO"].includes(before) && HAS_NUMERIC.test(this.next) && isAlphanumeric(this.next)) return false;
    if (isNumeric(this.next) && this.isNextUnspaced()) return false;
    if (this.isNextUnspaced() && (!isTitle(after) || !isAlpha(after) || length(after) === 1)) return false;
    if (isNumeric(this.next) && length(this.next) > 2) return false;
    if (isNumeric(before) && this.isNext(MONTHS)) return false;
    if (MONTHS.has(before) && isNumeric(this.next)) return false;
    if (before.includes(".") && after !== ".") return false;
    if ((isFirst || isUpper(before)) && isShort) return false;
    if (length(before) === 1 && isAlpha(before) && !VOWELS.has(before)) return false;
    return !OPENING.has(after) || this.endsBeforeBrackets();
  }

  endsBeforeBrackets() {
    const [closing, holdsSentence] = this.bracketed();
    const isSeen = closing > 0 && !holdsSentence && (this.queue.length > closing + 1 || this.fetch());
    const behind = isSeen ? this.queue[closing + 1].value : "";
    const inside = this.queue.length > 1 || this.fetch() ? this.queue[1].value : "";
    if (INNER.has(behind)) return false;
    return isTitle(inside) || !isLower(behind);
  }

  /** Moves past all that belongs to a terminal; the value of the token that says most of what follows. */
  moveToNextWord() {
    let word = null;
    const moved = () => {
      while (this.isNextAfterTerminal() && this.move()) word ??= this.last;
    };
    if (this.isNext(OPENING) && !TERMINALS.has(this.last)) {
      this.skipBrackets();
    } else {
      moved();
      if (this.isNext(QUOTES) && this.isNextUnspaced() && this.move()) word ??= this.last;
      moved();
      if (this.isNext(OPENING)) word = this.next;
    }
    if (word === null && (this.queue.length || this.fetch())) word = this.next;
    return word ?? "";
  }
}

"""Image files of any size and kind."""

from pathlib import Path

from PIL import Image

from zoo.errors import UserError

LARGEST = 50_000_000
"""Pixels in an image at most."""


def files(path: str) -> list[Path]:
    """The file itself, or the images in a folder.

    Raises:
        UserError: a folder with no image in it.
    """
    file_or_folder = Path(path)
    if not file_or_folder.is_dir():
        return [file_or_folder]
    known = Image.registered_extensions()
    images = sorted(file for file in file_or_folder.iterdir() if file.suffix.lower() in known)
    if not images:
        raise UserError(
            f"{file_or_folder} has no image in it; images end in .png, .jpg and the like."
        )
    return images


def open_image(file: Path) -> Image.Image:
    """Opens an image in RGB; transparent pixels become white.

    Raises:
        UserError: no such file, a file that is no image, or one of too many pixels.
    """
    try:
        with Image.open(file) as image:
            if image.width * image.height > LARGEST:
                raise UserError(
                    f"{file} has {image.width} by {image.height} pixels; at most {LARGEST:,} are "
                    "accepted. Make it smaller first."
                )
            coloured = image.convert("RGBA")
    except (FileNotFoundError, IsADirectoryError):
        raise UserError(f"There is no file {file}; give the path of an image.") from None
    except UserError:
        raise
    except Image.DecompressionBombError:
        raise UserError(
            f"{file} has too many pixels; at most {LARGEST:,} are accepted. Make it smaller first."
        ) from None
    except Exception as error:
        # Pillow raises what its decoders do: SyntaxError, struct.error and more.
        raise UserError(
            f"{file} cannot be read as an image ({error}); give a PNG, a JPEG or the like."
        ) from None
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured).convert("RGB")

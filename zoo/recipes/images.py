"""Image files of any size and kind."""

from pathlib import Path

from PIL import Image

from zoo.errors import UserError

LARGEST = 50_000_000
"""Points in an image at most."""


def files(path: str) -> list[Path]:
    """The file itself, or the images in a folder.

    Raises:
        UserError: a folder with no image in it.
    """
    place = Path(path)
    if not place.is_dir():
        return [place]
    known = Image.registered_extensions()
    found = sorted(file for file in place.iterdir() if file.suffix.lower() in known)
    if not found:
        raise UserError(f"{place} has no image in it; images end in .png, .jpg and the like.")
    return found


def opened(file: Path) -> Image.Image:
    """An image in red, green and blue; what is transparent is white.

    Raises:
        UserError: no such file, a file that is no image, or one of too many points.
    """
    try:
        with Image.open(file) as image:
            if image.width * image.height > LARGEST:
                raise UserError(
                    f"{file} has {image.width} by {image.height} points; it takes {LARGEST:,} at "
                    "most. Make it smaller first."
                )
            coloured = image.convert("RGBA")
    except (FileNotFoundError, IsADirectoryError):
        raise UserError(f"There is no file {file}; give the path of an image.") from None
    except UserError:
        raise
    except Image.DecompressionBombError:
        raise UserError(
            f"{file} has too many points; it takes {LARGEST:,} at most. Make it smaller first."
        ) from None
    except Exception as error:
        # Pillow raises what its decoders do: SyntaxError, struct.error and more.
        raise UserError(
            f"{file} cannot be read as an image ({error}); give a PNG, a JPEG or the like."
        ) from None
    white = Image.new("RGBA", coloured.size, "white")
    return Image.alpha_composite(white, coloured).convert("RGB")

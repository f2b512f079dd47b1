"""What TensorFlow says of a full or closed disk, as Python says it."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

import tensorflow as tf

REASONS = (
    errno.ENOSPC,
    errno.EFBIG,
    errno.EDQUOT,
    errno.EACCES,
    errno.EROFS,
    errno.EIO,
    errno.ENOENT,
)


@contextmanager
def as_os_errors() -> Iterator[None]:
    """Raises what TensorFlow meets in writing files as an `OSError`; its other errors stay."""
    try:
        yield
    except tf.errors.OpError as error:
        for reason in REASONS:
            if os.strerror(reason) in error.message:
                raise OSError(reason, os.strerror(reason)) from error
        raise

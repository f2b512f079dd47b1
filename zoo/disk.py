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
    """Raises the errors of TensorFlow that come from the file system as `OSError`.

    Only the text of TensorFlow's errors says which error of the operating system they are.
    """
    try:
        yield
    except tf.errors.OpError as error:
        for reason in REASONS:
            if os.strerror(reason) in error.message:
                raise OSError(reason, os.strerror(reason)) from error
        raise

SUMMARY = "a handwritten digit, recognised by a few glimpses"

OF_SCENES = {
    "translated": "a digit somewhere in a wider image, recognised by a few glimpses",
    "cluttered": "a digit among pieces of others, recognised by a few glimpses",
}
"""The summary of a model of such a scene."""

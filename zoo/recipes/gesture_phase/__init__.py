SUMMARY = "the phase of a gesture at every frame of a video"

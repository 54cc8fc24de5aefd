"""xr: the headset. Importing this loads neither `xr` nor OpenGL; opening a session does."""

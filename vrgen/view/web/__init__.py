"""web: a scene as a page for browsers, served by this machine or written as a folder (WebXR)."""

"""A scene described in words: the tables of a SCENE.toml, where things stand by them, and the Scene."""

"""Other people's registries: asked, pulled from, logged in to."""

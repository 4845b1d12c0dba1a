"""The software bill of materials of an image: what it is made of, in the formats that others read."""

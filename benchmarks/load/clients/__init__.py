"""The measured programs, each in its own process: `python -m … FILE URL FOLDER`."""

"""A refresh by python-tuf with the same store and limits as ours: URL ROOT DIRECTORY."""

import os
import sys

from tuf.ngclient import Updater, UpdaterConfig

url, root, directory = sys.argv[1:]
os.makedirs(directory)
with open(root, "rb") as file:
    bootstrap = file.read()
config = UpdaterConfig(targets_max_length=2_000_000_000)
Updater(directory, url, config=config, bootstrap=bootstrap).refresh()

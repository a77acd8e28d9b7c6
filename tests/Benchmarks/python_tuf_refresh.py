"""A refresh by python-tuf with the same store and limits as ours: URL ROOT DIRECTORY."""

import os
import shutil
import sys

from tuf.ngclient import Updater, UpdaterConfig

url, root, directory = sys.argv[1:]
os.makedirs(directory)
# As the cached root: releases before 6 know no other way to hand it over.
shutil.copy(root, os.path.join(directory, "root.json"))
Updater(directory, url, config=UpdaterConfig(targets_max_length=2_000_000_000)).refresh()

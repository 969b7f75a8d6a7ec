"""Pushes a folder to a hub with huggingface_hub's own client, over Git LFS, and reads it back: hub_folder.py FOLDER REPOSITORY."""
import pathlib
import sys

from huggingface_hub import HfApi

folder, repository = pathlib.Path(sys.argv[1]), sys.argv[2]
api = HfApi()
api.create_repo(repository, private=True, exist_ok=True)
first = api.upload_folder(folder_path=folder, repo_id=repository, commit_message="a folder")
again = api.upload_folder(folder_path=folder, repo_id=repository, commit_message="the same folder")
assert again.oid == first.oid, (first.oid, again.oid)

info = api.model_info(repository, files_metadata=True)
assert info.sha == first.oid and info.private, info
there = {file.rfilename: file for file in info.siblings}
names = sorted(path.name for path in folder.iterdir())
for file in api.get_paths_info(repository, names):
    size = (folder / file.path).stat().st_size
    assert file.size == size == there[file.path].size, file
    assert (file.lfs is not None) == file.path.endswith((".safetensors", ".gguf")), file
print("pushed", len(names), "files")

#!/usr/bin/env bash
# Takes the files of ONNX Runtime Web from its npm package, at the version of the wheel.
set -euo pipefail
cd "$(dirname "$0")"
version=$(sed -n 's/^version = "\(.*\)"/\1/p' pyproject.toml)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "onnxruntime-web@$version" > /dev/null
tar -xzf "$work"/*.tgz -C "$work"
mkdir -p recurrent_zoo_web/ort
for file in ort.wasm.min.mjs ort-wasm-simd-threaded.mjs ort-wasm-simd-threaded.wasm; do
    cp "$work/package/dist/$file" recurrent_zoo_web/ort/
done
cp LICENSE recurrent_zoo_web/ort/

# SPDX-License-Identifier: Apache-2.0
"""Keys and certificates made for one run; none is ever kept with the sources."""

import os
import subprocess

import xmlsec

KINDS = {
    "rsa": ["rsa:2048"],
    "rsa-new": ["rsa:2048"],
    "rsa-other": ["rsa:2048"],
    "sp": ["rsa:2048"],
    "sp-new": ["rsa:2048"],
    "rsa-weak": ["rsa:1024"],
    "dsa": ["dsa:PARAMETERS"],
    "ec": ["ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    "ec-384": ["ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    "ec-odd": ["ec", "-pkeyopt", "ec_paramgen_curve:secp256k1"],
}


class Key:
    def __init__(self, folder, kind):
        self.kind = kind
        self.file = os.path.join(folder, kind + ".key")
        self.certificate_file = os.path.join(folder, kind + ".crt")
        if not os.path.exists(self.certificate_file):
            made = self.certificate_file + ".%d" % os.getpid()
            words = [word.replace("PARAMETERS", self.parameters(folder)) if "PARAMETERS" in word else word for word in KINDS[kind]]
            subprocess.run(["openssl", "req", "-x509", "-newkey", *words, "-nodes", "-sha256", "-days", "30",
                            "-subj", "/CN=" + kind, "-keyout", self.file, "-out", made],
                           check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            os.rename(made, self.certificate_file)  # only whole pairs are ever found
        with open(self.certificate_file) as file:
            self.pem = file.read()
        self.certificate = "".join(line for line in self.pem.splitlines() if "-----" not in line)
        self.is_ec = kind.startswith("ec")
        self._loaded = None

    @staticmethod
    def parameters(folder):
        """Of DSA: too small for anybody's use, and quickly found."""
        file = os.path.join(folder, "dsa.%d" % os.getpid())
        subprocess.run(["openssl", "genpkey", "-genparam", "-algorithm", "DSA", "-pkeyopt", "dsa_paramgen_bits:1024", "-out", file],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return file

    def load(self):
        if not self._loaded:
            self._loaded = xmlsec.Key.from_file(self.file, xmlsec.constants.KeyDataFormatPem)
        return self._loaded

    def public_bytes(self):
        """The public key as DER: what an HMAC forger would take as the secret."""
        run = subprocess.run(["openssl", "pkey", "-in", self.file, "-pubout", "-outform", "DER"], check=True,
                             stdout=subprocess.PIPE)
        return run.stdout


class Keys:
    def __init__(self, folder):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self._made = {}

    def __getitem__(self, kind):
        if kind not in self._made:
            self._made[kind] = Key(self.folder, kind)
        return self._made[kind]

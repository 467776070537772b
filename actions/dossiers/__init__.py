"""Dossiers (hồ sơ): codes, systems that know them, status for who may know it, and a sandbox.

Imports nothing: `codes` is also used by the dialogue runtime on Python 3.10.
"""

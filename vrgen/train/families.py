"""Families: what can be trained, each by a function of (options, progress) that returns its run folder."""

from __future__ import annotations

from vrgen.registry import Entry, Registry

families = Registry(
    "family",
    "vrgen.families",
    [
        Entry("gan", "vrgen.train.gan:gan", "PBR sets and textures: material_gan."),
        Entry("vae", "vrgen.train.vae:vae", "HDR skies: sky_vae."),
        Entry(
            "cyclegan", "vrgen.train.cyclegan:cyclegan", "Two folders of pictures, each in the other's style."
        ),
        Entry("maps", "vrgen.train.maps:maps", "A photograph's normal, roughness, height and occlusion."),
        Entry("latent", "vrgen.train.latent:latent", "New latents of material_gan, by kind and seed."),
    ],
)

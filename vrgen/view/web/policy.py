"""Policy: what a browser may do with the page, as headers; and as a <meta> for hosts that send none."""

from __future__ import annotations

from vrgen.view.web.document import Needs


def content_policy(needs: Needs, *, header: bool = True) -> str:
    """The Content-Security-Policy of a show: everything from here alone, no inline script or style.

    Textures of a GLB become blob: addresses, which the loader fetches. The decoders of Draco, meshopt and
    KTX2 are WebAssembly, those of Draco and KTX2 in workers; KTX2's writes its own functions besides, so
    'unsafe-eval' is granted for scenes that need it and for no others. `header` False leaves out what a
    <meta> may not say.
    """
    script = ["'self'"]
    if needs:
        script.append("'wasm-unsafe-eval'")
    if needs.ktx2:
        script.append("'unsafe-eval'")
    rules = {
        "default-src": "'none'",
        "script-src": " ".join(script),
        "style-src": "'self'",
        "img-src": "'self' blob: data:",
        "font-src": "'self'",
        "connect-src": "'self' blob: data:",
        "worker-src": "'self' blob:" if needs.draco or needs.ktx2 else "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
    }
    if header:
        rules["frame-ancestors"] = "'none'"
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def headers(needs: Needs) -> dict[str, str]:
    """The headers of every answer."""
    return {
        "Content-Security-Policy": content_policy(needs),
        "Permissions-Policy": "xr-spatial-tracking=(self), camera=(), microphone=(), geolocation=()",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Server": "vrgen",
    }

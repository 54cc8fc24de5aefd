// Equirect convention of vrgen.core.frames: the centre looks along +X, -Z at u = 0.25, v = 0 is up.
const float PI = 3.14159265358979;

vec2 equirect_uv(vec3 d) {
    return vec2(atan(d.z, d.x) / (2.0 * PI) + 0.5, 0.5 - atan(d.y, length(d.xz)) / PI);
}

vec3 equirect_direction(vec2 uv) {
    float azimuth = 2.0 * PI * (uv.x - 0.5), elevation = PI * (0.5 - uv.y);
    return vec3(cos(elevation) * cos(azimuth), sin(elevation), cos(elevation) * sin(azimuth));
}

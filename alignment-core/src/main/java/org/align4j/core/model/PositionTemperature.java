package org.align4j.core.model;

/**
 * Queries grow with the logarithm of their position, so that attention stays as sharp over long texts (Nakanishi 2025, as in
 * Llama 4): {@code 1 + scale * log(1 + floor((position + 1) / step))}, positions from 0.
 *
 * @param scale how fast
 * @param step positions with one factor
 */
public record PositionTemperature(double scale, double step) {

    double factor(int position) {
        return 1 + scale * Math.log1p(Math.floor((position + 1) / step));
    }
}

package org.align4j.core.weights;

import java.nio.FloatBuffer;

/**
 * Numbers by which the blocks of a tensor's matrices, its last two axes, are multiplied.
 *
 * @param numbers {@code [..., blocks down, blocks across]}, one a block; a block at an edge may be cut
 * @param rows of a block
 * @param columns of a block
 */
public record BlockScales(TensorEntry numbers, int rows, int columns) {

    /** How many blocks of a length cover another. */
    static long blocks(long length, int block) {
        return (length + block - 1) / block;
    }

    /** The axes of {@link #numbers} for a tensor's shape, leading ones as one: {@code [matrices, blocks down, blocks across]}. */
    public long[] shape(long[] shape) {
        long down = blocks(shape[shape.length - 2], rows);
        long across = blocks(shape[shape.length - 1], columns);
        return new long[] {numbers.elements() / down / across, down, across};
    }

    /**
     * Multiplies a run of a tensor's elements in place.
     *
     * @param shape of the tensor
     * @param first place of the first element in the tensor, in row-major order
     * @param values holds the elements from {@code at} on
     */
    void multiply(long[] shape, long first, FloatBuffer values, int at, int count) {
        float[] factors = numbers.floats();
        long height = shape[shape.length - 2];
        long width = shape[shape.length - 1];
        long[] blocks = shape(shape);
        int done = 0;
        while (done < count) {
            long element = first + done;
            long column = element % width;
            long row = element / width % height;
            long matrix = element / width / height;
            float factor = factors[(int) ((matrix * blocks[1] + row / rows) * blocks[2] + column / columns)];
            long end = Math.min(width, (column / columns + 1) * columns);
            int run = (int) Math.min(end - column, count - done);
            for (int i = at + done; i < at + done + run; i++) {
                values.put(i, values.get(i) * factor);
            }
            done += run;
        }
    }
}

package org.align4j.core.family;

import java.io.IOException;
import java.nio.FloatBuffer;

/**
 * The order of a matrix's rows in a GGUF file beside that in a checkpoint. Llama's queries and keys turn neighbours in the file
 * and halves in the checkpoint; GPT-NeoX's fused layer lies by part in the file and by head in the checkpoint.
 */
enum GgufRows {
    AS_THEY_ARE,
    QUERY_HEADS,
    KEY_HEADS,
    BY_PART,
    /** Rows of the file are columns of the checkpoint, as GPT-2 keeps its layers. */
    TRANSPOSED;

    private static final int PIECE = 1 << 18;

    /** A matrix, or a vector of rows of one number, that is read by whole rows. */
    interface Matrix {
        long rows();

        int width();

        /** Reads rows until {@code into} is full. */
        void read(long first, FloatBuffer into) throws IOException;
    }

    /** Takes numbers in row-major order. */
    interface Taker {
        void take(FloatBuffer values) throws IOException;
    }

    /** How many heads the queries and the keys have. */
    record Heads(int queries, int keys) {}

    /** Reads a matrix in the order of a checkpoint into that of a file. */
    void toFile(Matrix from, Heads heads, Taker taker) throws IOException {
        arrange(from, heads, true, taker);
    }

    /** Reads a matrix in the order of a file into that of a checkpoint. */
    void fromFile(Matrix from, Heads heads, Taker taker) throws IOException {
        arrange(from, heads, false, taker);
    }

    private void arrange(Matrix from, Heads heads, boolean toFile, Taker taker) throws IOException {
        switch (this) {
            case AS_THEY_ARE -> plain(from, taker);
            case QUERY_HEADS -> halves(from, heads.queries(), toFile, taker);
            case KEY_HEADS -> halves(from, heads.keys(), toFile, taker);
            case BY_PART -> parts(from, heads.queries(), toFile, taker);
            case TRANSPOSED -> transposed(from, taker);
        }
    }

    private static void plain(Matrix from, Taker taker) throws IOException {
        int atOnce = (int) Math.max(1, Math.min(from.rows(), PIECE / from.width()));
        FloatBuffer piece = FloatBuffer.allocate(atOnce * from.width());
        for (long row = 0; row < from.rows(); row += atOnce) {
            piece.clear().limit((int) Math.min(atOnce, from.rows() - row) * from.width());
            from.read(row, piece);
            taker.take(piece.flip());
        }
    }

    /** Within each head, row {@code 2j + k} of the file is row {@code j + k * half} of the checkpoint. */
    private static void halves(Matrix from, int heads, boolean toFile, Taker taker) throws IOException {
        int width = from.width();
        int rows = Math.toIntExact(from.rows() / heads);
        FloatBuffer head = FloatBuffer.allocate(rows * width);
        FloatBuffer arranged = FloatBuffer.allocate(rows * width);
        for (int h = 0; h < heads; h++) {
            from.read((long) h * rows, head.clear());
            arranged.clear();
            for (int row = 0; row < rows; row++) {
                int source = toFile ? row % 2 * (rows / 2) + row / 2 : row % (rows / 2) * 2 + row / (rows / 2);
                arranged.put(head.array(), source * width, width);
            }
            taker.take(arranged.flip());
        }
    }

    /** Blocks of a head's rows: {@code [3, heads]} of them in a file, {@code [heads, 3]} in a checkpoint. */
    private static void parts(Matrix from, int heads, boolean toFile, Taker taker) throws IOException {
        int rows = Math.toIntExact(from.rows() / (3L * heads));
        FloatBuffer block = FloatBuffer.allocate(rows * from.width());
        int outer = toFile ? 3 : heads;
        int inner = toFile ? heads : 3;
        for (int i = 0; i < outer; i++) {
            for (int j = 0; j < inner; j++) {
                from.read(((long) j * outer + i) * rows, block.clear());
                taker.take(block.flip());
            }
        }
    }

    private static void transposed(Matrix from, Taker taker) throws IOException {
        int rows = Math.toIntExact(from.rows());
        FloatBuffer all = FloatBuffer.allocate(Math.multiplyExact(rows, from.width()));
        from.read(0, all);
        FloatBuffer column = FloatBuffer.allocate(rows);
        for (int i = 0; i < from.width(); i++) {
            column.clear();
            for (int row = 0; row < rows; row++) {
                column.put(all.get(row * from.width() + i));
            }
            taker.take(column.flip());
        }
    }
}

package org.align4j.serve.tinker;

import static org.align4j.core.error.RootFormat.format;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.align4j.web.Refusal;

/**
 * An array of one or two dimensions that a client sent beside a sequence; sparse ones are made dense, with 0 where nothing is given.
 *
 * @param rows T, the first dimension
 * @param columns K, the second one; 1 where there is none
 * @param flat whether there is one dimension only
 * @param whole whether its values are whole numbers
 * @param values {@code [T, K]}, row-major; whole numbers up to 2^53 are exact
 */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
record Tensor(int rows, int columns, boolean flat, boolean whole, double[] values) {
    /** Most values of one array; a longer one isn't read. */
    static final int MOST = 1 << 21;

    private static final int FLOAT32 = 1;
    private static final int INT64 = 2;
    private static final int INT32 = 3;

    /**
     * Reads the message {@code Tensor}.
     *
     * @param name of the array, for what is said of it
     * @throws Refusal 400 where its bytes and its shape don't agree
     */
    static Tensor read(String name, ProtoReader message) {
        ByteBuffer dense = ByteBuffer.allocate(0);
        ProtoReader sparse = null;
        int dtype = 0;
        List<Long> shape = new ArrayList<>();
        while (message.next()) {
            switch (message.field()) {
                case 1 -> dense = message.bytes();
                case 2 -> sparse = message.message();
                case 3 -> dtype = (int) message.whole();
                case 4 -> wholes(message, shape);
                default -> message.skip();
            }
        }
        if (dtype != FLOAT32 && dtype != INT64 && dtype != INT32) {
            throw refused(name, "has the dtype number " + dtype, "is float32, int64 or int32");
        }
        return sparse == null ? dense(name, dense, dtype, shape) : sparse(name, sparse, dtype, shape);
    }

    private static void wholes(ProtoReader message, List<Long> values) {
        if (message.packed()) {
            ProtoReader packed = message.message();
            while (packed.left() && values.size() <= 2) {
                values.add(packed.varint());
            }
        } else {
            values.add(message.whole());
        }
        if (values.size() > 2) {
            throw new Refusal(400, "An array has more than two dimensions, but here it has one or two: [T] or [T, K].");
        }
    }

    private static Tensor dense(String name, ByteBuffer raw, int dtype, List<Long> shape) {
        int count = count(name, raw, dtype);
        int[] sides = sides(name, shape.isEmpty() ? List.of((long) count) : shape);
        if ((long) sides[0] * sides[1] != count) {
            throw refused(name, "has " + count + " values and the shape " + shape, "has as many as its shape says");
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = value(raw, dtype, i);
        }
        return new Tensor(sides[0], sides[1], shape.size() < 2, dtype != FLOAT32, values);
    }

    private static Tensor sparse(String name, ProtoReader csr, int dtype, List<Long> shape) {
        ByteBuffer[] parts = {ByteBuffer.allocate(0), ByteBuffer.allocate(0), ByteBuffer.allocate(0)};
        while (csr.next()) {
            if (csr.field() >= 1 && csr.field() <= parts.length) {
                parts[csr.field() - 1] = csr.bytes();
            } else {
                csr.skip();
            }
        }
        if (shape.size() != 2) {
            throw refused(name, "is sparse with the shape " + shape, "has two dimensions where it is sparse");
        }
        int[] sides = sides(name, shape);
        int count = count(name, parts[0], dtype);
        if (parts[1].remaining() != Long.BYTES * (sides[0] + 1) || parts[2].remaining() != Long.BYTES * count) {
            throw refused(
                    name, "is sparse with " + count + " values", "has a place for each and one more than its rows");
        }
        double[] values = new double[sides[0] * sides[1]];
        long begin = parts[1].getLong(0);
        for (int row = 0; row < sides[0]; row++) {
            long end = parts[1].getLong(Long.BYTES * (row + 1));
            for (long place = begin; place < end; place++) {
                long column = begin < 0 || end > count ? -1 : parts[2].getLong(Long.BYTES * (int) place);
                if (column < 0 || column >= sides[1]) {
                    throw refused(name, "is sparse with a place outside of it", "names columns of its own");
                }
                values[row * sides[1] + (int) column] = value(parts[0], dtype, (int) place);
            }
            begin = end;
        }
        return new Tensor(sides[0], sides[1], false, dtype != FLOAT32, values);
    }

    private static int[] sides(String name, List<Long> shape) {
        long rows = shape.get(0);
        long columns = shape.size() > 1 ? shape.get(1) : 1;
        if (rows < 0 || columns < 0 || rows > MOST || columns > MOST || rows * columns > MOST) {
            throw refused(name, "has the shape " + shape, "has at most " + MOST + " values");
        }
        return new int[] {(int) rows, (int) columns};
    }

    private static int count(String name, ByteBuffer raw, int dtype) {
        int width = dtype == INT64 ? Long.BYTES : Integer.BYTES;
        if (raw.remaining() % width != 0 || raw.remaining() / width > MOST) {
            throw refused(
                    name,
                    "has " + raw.remaining() + " bytes",
                    "has " + width + " for each of at most " + MOST + " values");
        }
        return raw.remaining() / width;
    }

    private static double value(ByteBuffer raw, int dtype, int place) {
        return switch (dtype) {
            case FLOAT32 -> raw.getFloat(Float.BYTES * place);
            case INT64 -> raw.getLong(Long.BYTES * place);
            default -> raw.getInt(Integer.BYTES * place);
        };
    }

    private static Refusal refused(String name, String given, String required) {
        return new Refusal(400, format("%s %s, but it must be an array that %s.", name, given, required))
                .about(name, "invalid_value");
    }
}

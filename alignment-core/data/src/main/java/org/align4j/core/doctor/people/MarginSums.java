package org.align4j.core.doctor.people;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.align4j.core.doctor.log.NormalText;

/**
 * What the margins of a log's rows come to: counts, and sums without rounding, so that they are the same in whatever order and parts rows
 * were added.
 */
public final class MarginSums implements Serializable {
    /** The groups of rows that a bootstrap draws; a hash of its number says to which group a row belongs. */
    static final int GROUPS = 100;

    private static final long serialVersionUID = 1L;

    /** Sizes are told apart by these upper bits of a number: its exponent and three digits or so. */
    private static final int SIZE_BITS = 42;

    private final Group[] groups =
            IntStream.range(0, GROUPS).mapToObj(group -> new Group()).toArray(Group[]::new);
    /** By size how many margins have it, and how many of these are negative. */
    private final TreeMap<Integer, long[]> sizes = new TreeMap<>();

    /** Adds a row. */
    public void add(int row, double margin) {
        groups[(int) Math.floorMod(NormalText.hash(row, GROUPS), (long) GROUPS)].add(margin);
        long[] ofSize = sizes.computeIfAbsent(
                (int) (Double.doubleToRawLongBits(Math.abs(margin)) >>> SIZE_BITS), any -> new long[2]);
        ofSize[0]++;
        ofSize[1] += margin < 0 ? 1 : 0;
    }

    /** Adds what other rows came to; returns this sum. */
    public MarginSums add(MarginSums other) {
        for (int group = 0; group < GROUPS; group++) {
            groups[group].add(other.groups[group]);
        }
        other.sizes.forEach((size, more) -> {
            long[] all = sizes.computeIfAbsent(size, any -> new long[2]);
            all[0] += more[0];
            all[1] += more[1];
        });
        return this;
    }

    /** Counts the rows. */
    public long rows() {
        return sizes.values().stream().mapToLong(counts -> counts[0]).sum();
    }

    /** Returns the sums of a group of rows. */
    Group group(int group) {
        return groups[group];
    }

    /** Returns the sums of all rows. */
    Group all() {
        Group all = new Group();
        for (Group group : groups) {
            all.add(group);
        }
        return all;
    }

    /**
     * Counts the margins that are largest, whichever sign they have, and those of them that are negative.
     *
     * @param share of all rows; some more where several margins are as large as the smallest of them
     */
    long[] largest(double share) {
        long least = Math.max(1, (long) (share * rows()));
        long[] counts = new long[2];
        for (Map.Entry<Integer, long[]> size : sizes.descendingMap().entrySet()) {
            counts[0] += size.getValue()[0];
            counts[1] += size.getValue()[1];
            if (counts[0] >= least) {
                break;
            }
        }
        return counts;
    }

    /** Holds the sums over some rows. */
    static final class Group implements Serializable {
        private static final long serialVersionUID = 1L;

        private final ExactSum squares = new ExactSum();
        private final ExactSum fourths = new ExactSum();
        private long rows;
        private long negative;

        void add(double margin) {
            rows++;
            negative += margin < 0 ? 1 : 0;
            squares.add(margin * margin);
            fourths.add(margin * margin * margin * margin);
        }

        void add(Group other) {
            rows += other.rows;
            negative += other.negative;
            squares.add(other.squares);
            fourths.add(other.fourths);
        }

        long rows() {
            return rows;
        }

        long negative() {
            return negative;
        }

        double squares() {
            return squares.value();
        }

        double fourths() {
            return fourths.value();
        }
    }

    /** A sum of numbers that are not negative, without rounding (Neal, 2015): an integer of so many bits that each of them fits. */
    private static final class ExactSum implements Serializable {
        private static final long serialVersionUID = 1L;
        private static final long DIGIT = 0xFFFFFFFFL;
        private static final int SMALLEST_EXPONENT = -1074;

        /** The digit of place i counts 2 to the power of 32 i − 1074; each has room for two thousand million numbers. */
        private final long[] digits = new long[68];

        void add(double number) {
            long bits = Double.doubleToRawLongBits(number);
            int exponent = Math.max(1, (int) (bits >>> 52));
            long fraction = (bits & ((1L << 52) - 1)) | (bits >>> 52 == 0 ? 0 : 1L << 52);
            int digit = (exponent - 1) >>> 5;
            int shift = (exponent - 1) & 31;
            digits[digit] += (fraction << shift) & DIGIT;
            digits[digit + 1] += (fraction >>> (32 - shift)) & DIGIT;
            digits[digit + 2] += shift == 0 ? 0 : fraction >>> (64 - shift);
        }

        void add(ExactSum other) {
            for (int digit = 0; digit < digits.length; digit++) {
                digits[digit] += other.digits[digit];
            }
        }

        double value() {
            BigInteger sum = BigInteger.ZERO;
            for (int digit = digits.length - 1; digit >= 0; digit--) {
                sum = sum.shiftLeft(32).add(BigInteger.valueOf(digits[digit]));
            }
            int dropped = Math.max(0, sum.bitLength() - 62);
            return Math.scalb((double) sum.shiftRight(dropped).longValueExact(), dropped + SMALLEST_EXPONENT);
        }
    }
}

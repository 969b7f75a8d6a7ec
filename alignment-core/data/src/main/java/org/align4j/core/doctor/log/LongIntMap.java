package org.align4j.core.doctor.log;

import java.util.Arrays;

/** Maps hashes to numbers from 0, in twelve bytes or so each. */
public final class LongIntMap {
    /** What stands for a key that isn't there. */
    public static final int ABSENT = -1;

    private long[] keys = new long[1 << 10];
    private int[] values = new int[1 << 10];
    private int size;

    public LongIntMap() {
        Arrays.fill(values, ABSENT);
    }

    /** The number of a key, or {@link #ABSENT}. */
    public int get(long key) {
        return values[slot(keys, values, key)];
    }

    /** Gives a key a number unless it has one; returns the one it had, or {@link #ABSENT}. */
    public int putIfAbsent(long key, int value) {
        int slot = slot(keys, values, key);
        int had = values[slot];
        if (had == ABSENT) {
            put(slot, key, value);
        }
        return had;
    }

    /** Adds to the number of a key, which counts from 0. */
    public void increment(long key) {
        int slot = slot(keys, values, key);
        if (values[slot] == ABSENT) {
            put(slot, key, 1);
        } else {
            values[slot]++;
        }
    }

    private void put(int slot, long key, int value) {
        keys[slot] = key;
        values[slot] = value;
        size++;
        if (size > keys.length / 5 * 3) {
            grow();
        }
    }

    private void grow() {
        long[] moreKeys = new long[Math.multiplyExact(keys.length, 2)];
        int[] moreValues = new int[moreKeys.length];
        Arrays.fill(moreValues, ABSENT);
        for (int i = 0; i < keys.length; i++) {
            if (values[i] != ABSENT) {
                int slot = slot(moreKeys, moreValues, keys[i]);
                moreKeys[slot] = keys[i];
                moreValues[slot] = values[i];
            }
        }
        keys = moreKeys;
        values = moreValues;
    }

    private static int slot(long[] keys, int[] values, long key) {
        int mask = keys.length - 1;
        int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 33) & mask;
        while (values[slot] != ABSENT && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }
}

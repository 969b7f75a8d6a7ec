package org.align4j.core.data.encode;

import static org.align4j.core.error.RootFormat.format;

import java.util.ArrayList;
import java.util.List;
import org.align4j.core.data.TokenRow;
import org.align4j.core.data.read.RowReader.FileSummary;

/**
 * Takes the rows of each file as often as its share says: the whole part of it always, once more by a seeded hash of the
 * row's number for the rest. A function of rows, shares and seed alone, so that a resumed run takes the same ones.
 */
final class RowShares {
    private final List<FileSummary> files;
    private final List<Double> shares;
    private final long seed;

    /** @param shares one for each file */
    RowShares(List<FileSummary> files, List<Double> shares, long seed) {
        this.files = files;
        this.shares = shares;
        this.seed = seed;
    }

    /** Returns the rows in their order, each as often as it is taken in an epoch. */
    <T extends TokenRow> List<T> of(List<T> rows) {
        if (shares.stream().allMatch(share -> share == 1)) {
            return rows;
        }
        List<T> taken = new ArrayList<>();
        for (T row : rows) {
            int times = times(row.row());
            for (int i = 0; i < times; i++) {
                taken.add(row);
            }
        }
        return List.copyOf(taken);
    }

    private int times(int row) {
        double share = shares.get(fileOf(row));
        double place = (TokenHash.mix(row ^ TokenHash.mix(seed)) >>> 11) * 0x1p-53;
        int whole = (int) Math.floor(share);
        return whole + (place < share - whole ? 1 : 0);
    }

    private int fileOf(int row) {
        int file = 0;
        int end = files.get(0).rows();
        while (row >= end) {
            file++;
            end += files.get(file).rows();
        }
        return file;
    }

    /** Tells what is taken of each file that has a share of its own, one sentence each. */
    <T extends TokenRow> List<String> sentences(List<T> rows, List<T> taken) {
        List<String> sentences = new ArrayList<>();
        for (int file = 0; file < files.size(); file++) {
            if (shares.get(file) != 1) {
                sentences.add(format(
                        "%s has the share %s: its %d rows to train on are taken %d times in an epoch.",
                        files.get(file).file(), shares.get(file), count(rows, file), count(taken, file)));
            }
        }
        return sentences;
    }

    private <T extends TokenRow> long count(List<T> rows, int file) {
        return rows.stream().filter(row -> fileOf(row.row()) == file).count();
    }
}

package org.align4j.core.data.split;

import org.align4j.core.data.split.DivisionRules.GroupBy;
import com.google.common.primitives.ImmutableIntArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.align4j.core.data.file.RowLine;

/** Leaves rows of users out who have more than others may: a choice by a seeded hash of the rows. */
final class UserCap {
    private UserCap() {}

    /** Leaves rows out of a stream; returns how many. */
    static int apply(RowStream rows, int most, long seed) {
        ImmutableLongArray.Builder users = ImmutableLongArray.builder();
        ImmutableLongArray.Builder draws = ImmutableLongArray.builder();
        ImmutableIntArray.Builder numbers = ImmutableIntArray.builder();
        rows.read((origin, fields) -> {
            users.add(RowKeys.hash(0, RowKeys.field(origin, fields, "cap-per-user", GroupBy.USER.fields())));
            draws.add(RowKeys.hash(seed, RowLine.text(fields)));
            numbers.add(origin.row());
        });
        Capped capped = new Capped(users.build(), draws.build(), numbers.build());
        return capped.leaveOut(rows, most);
    }

    /**
     * The rows that are read.
     *
     * @param users hashes of their users
     * @param draws their draws: of a user's rows those with the least are used
     * @param numbers their numbers in the stream
     */
    private record Capped(ImmutableLongArray users, ImmutableLongArray draws, ImmutableIntArray numbers) {
        int leaveOut(RowStream rows, int most) {
            Integer[] order = IntStream.range(0, users.length()).boxed().toArray(Integer[]::new);
            Arrays.sort(
                    order,
                    Comparator.<Integer>comparingLong(users::get)
                            .thenComparingLong(draws::get)
                            .thenComparing(Comparator.naturalOrder()));
            int count = 0;
            int ofUser = 0;
            for (int i = 0; i < order.length; i++) {
                ofUser = i > 0 && users.get(order[i]) == users.get(order[i - 1]) ? ofUser + 1 : 1;
                if (ofUser > most) {
                    rows.leaveOut(numbers.get(order[i]));
                    count++;
                }
            }
            return count;
        }
    }
}

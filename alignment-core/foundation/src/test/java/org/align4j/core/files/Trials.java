package org.align4j.core.files;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Which of many possible failures are tried: some that a seed chooses; with {@code -Dalign4j.soak=true} all, or with {@code
 * -Dalign4j.soak.most=N} beside it N at even distances.
 */
public final class Trials {
    private static final boolean SOAK = Boolean.getBoolean("align4j.soak");
    private static final int MOST = Integer.getInteger("align4j.soak.most", Integer.MAX_VALUE);
    private static final long SEED = 20;

    private Trials() {}

    /** @param some how many of them where this is no soak */
    public static <T> List<T> of(List<T> all, int some) {
        if (SOAK) {
            int count = Math.min(MOST, all.size());
            return IntStream.range(0, count)
                    .mapToObj(i -> all.get((int) ((long) i * all.size() / count)))
                    .toList();
        }
        List<T> chosen = new ArrayList<>(all);
        Collections.shuffle(chosen, new Random(SEED));
        return chosen.subList(0, Math.min(some, chosen.size()));
    }

    /**
     * Returns how many processes a test kills.
     *
     * @param option the system property that says it
     * @param usual where none does and this is no soak
     * @param soaked where none does and this is one
     */
    public static int kills(String option, int usual, int soaked) {
        return Integer.getInteger(option, SOAK ? soaked : usual);
    }

    /** Tells how many were tried, for docs/reliability.md. */
    public static void tell(String what, int tried, int all) {
        if (SOAK) {
            System.out.println(what + ": " + tried + " tried of " + all);
        }
    }
}

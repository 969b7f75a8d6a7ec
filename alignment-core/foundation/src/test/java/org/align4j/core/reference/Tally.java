package org.align4j.core.reference;

import static org.junit.jupiter.api.Assertions.fail;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Assumptions;
import org.opentest4j.TestAbortedException;

/** Runs the cases of one folder and keeps what the closing line reports. */
final class Tally {
    /** Fields that say where a case comes from and how its numbers were made, not what is to be compared. */
    static final Set<String> REMARKS = Set.of(
            "name",
            "case",
            "what",
            "note",
            "source",
            "seed",
            "versions",
            "architecture",
            "attn_implementation",
            "numerics",
            "sensitivity",
            "dtype",
            "unit");

    private final String folder;
    private final Set<String> allowedNotBuilt;
    private final Set<String> leaving;
    private final Set<JsonNode> roots = Collections.newSetFromMap(new IdentityHashMap<>());
    private final TreeMap<String, Integer> notBuilt = new TreeMap<>();
    private int cases;
    private int failed;
    private int absent;
    private long comparisons;
    private double worst;
    private String worstPlace = "";

    /**
     * Begins a tally.
     *
     * @param leaving names of fields that may stay unread
     */
    Tally(String folder, Set<String> allowedNotBuilt, Set<String> leaving) {
        this.folder = folder;
        this.allowedNotBuilt = allowedNotBuilt;
        this.leaving = leaving;
    }

    void run(ReferenceCase reference, CaseCheck check) throws Exception {
        Comparisons compared = new Comparisons();
        boolean passed = false;
        try {
            check.check(reference, compared);
            compared.failIfDifferent();
            requireRead(ReadFields.unread(reference.content(), leaving), reference.name());
            roots.add(reference.root());
            passed = true;
        } catch (NotBuilt e) {
            passed = true;
            skip(e.getMessage());
        } catch (TestAbortedException e) {
            passed = true;
            absent++;
            throw e;
        } finally {
            failed += passed ? 0 : 1;
            add(reference, compared);
        }
    }

    private static void requireRead(Set<String> unread, String place) {
        if (!unread.isEmpty()) {
            fail(place + " says " + String.join(", ", unread)
                    + ", which the test doesn't read; read it, or name it in leaving(…).");
        }
    }

    private void skip(String kind) {
        notBuilt.merge(kind, 1, Integer::sum);
        if (!allowedNotBuilt.contains(kind)) {
            fail(kind + " isn't built, and " + folder + "/" + kind + " doesn't stand in reference/not-built.txt.");
        }
        Assumptions.abort("not built: " + kind);
    }

    private void add(ReferenceCase reference, Comparisons compared) {
        if (compared.count() == 0) {
            return;
        }
        cases++;
        comparisons += compared.count();
        if (compared.worst() > worst || worstPlace.isEmpty()) {
            worst = compared.worst();
            worstPlace = reference.name() + " " + compared.worstPlace();
        }
    }

    void report() {
        notBuilt.forEach((kind, count) -> System.out.println("not built: " + kind));
        System.out.println(String.format(
                Locale.ROOT,
                "reference %s: %d cases, %d comparisons, worst %.3g of what is allowed (%s)%s%s",
                folder,
                cases,
                comparisons,
                worst,
                worstPlace,
                notBuilt.isEmpty()
                        ? ""
                        : ", " + notBuilt.values().stream().mapToInt(n -> n).sum() + " cases not built",
                (absent == 0 ? "" : ", " + absent + " cases whose files are absent")
                        + (failed == 0 ? "" : ", " + failed + " cases failed")));
        if (failed == 0 && notBuilt.isEmpty() && absent == 0) {
            roots.forEach(root -> requireRead(ReadFields.unreadHere(root, leaving), "A file of " + folder));
        }
        if (cases == 0 && notBuilt.isEmpty() && absent == 0) {
            fail("No case of " + folder + " was compared.");
        }
    }
}

package org.align4j.core.data.convert;

import java.util.List;
import org.align4j.core.data.layout.Pairing;
import org.align4j.core.data.row.BadRows;
import org.align4j.core.error.InputException;
import org.jspecify.annotations.Nullable;

/**
 * The rules of a conversion: what it reads, writes and leaves out.
 *
 * @param target the layout that is written
 * @param templates fields that are made of a row's own; may be empty
 * @param pairs the pairs of several graded answers; null where the user said nothing
 * @param minGap how far apart the grades of a pair must be; null where the user said nothing
 * @param ties what becomes of ties
 * @param badRows what becomes of rows that can't be read
 */
public record ConversionRules(
        TargetLayout target,
        List<FieldTemplate> templates,
        @Nullable Pairing pairs,
        @Nullable Double minGap,
        TieRule ties,
        BadRows badRows) {
    public ConversionRules {
        templates = List.copyOf(templates);
        if (minGap != null && (!(minGap > 0) || minGap.isInfinite())) {
            throw new InputException("min-gap is " + minGap + " but must be a positive number, such as 1.");
        }
        for (FieldTemplate template : templates) {
            if (templates.stream()
                            .filter(other -> other.key().equals(template.key()))
                            .count()
                    > 1) {
                throw new InputException("map makes \"" + template.key() + "\" twice; make it once.");
            }
        }
    }

    /** Rules for rows of any layout, without templates. */
    public static ConversionRules to(TargetLayout target) {
        return new ConversionRules(target, List.of(), null, null, TieRule.DROP, BadRows.ERROR);
    }

    /** The pairs of several graded answers, the default where the user said nothing. */
    Pairing choice() {
        return pairs == null ? Pairing.BEST_WORST : pairs;
    }
}

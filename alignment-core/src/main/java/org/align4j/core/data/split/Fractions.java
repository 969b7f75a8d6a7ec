package org.align4j.core.data.split;

import com.google.common.base.Splitter;
import java.util.ArrayList;
import java.util.List;
import org.align4j.core.error.InputException;
import org.align4j.core.error.Shortened;

/**
 * The parts of a split and the share of each.
 *
 * @param names the parts in order
 * @param shares the share of each; together 1
 */
public record Fractions(List<String> names, List<Double> shares) {
    private static final double ROUNDING = 1e-6;

    public Fractions {
        names = List.copyOf(names);
        shares = List.copyOf(shares);
    }

    /** Reads {@code train=.8,val=.1,test=.1}. */
    public static Fractions parse(String text) {
        List<String> names = new ArrayList<>();
        List<Double> shares = new ArrayList<>();
        for (String item : Splitter.on(',').split(text)) {
            int equals = item.indexOf('=');
            String name = equals < 0 ? "" : item.substring(0, equals).strip();
            String share = equals < 0 ? "" : item.substring(equals + 1).strip();
            if (!name.matches("[A-Za-z0-9_-]{1,60}")
                    || !share.matches("\\d{0,3}\\.?\\d{0,12}")
                    || !share.matches(".*\\d.*")) {
                throw new InputException("fractions has \"" + Shortened.of(item)
                        + "\" but must be name=share pairs, such as train=.8,val=.1,test=.1.");
            }
            if (names.contains(name)) {
                throw new InputException("fractions names " + name + " twice; name it once.");
            }
            names.add(name);
            shares.add(Double.parseDouble(share));
        }
        double sum = shares.stream().mapToDouble(Double::doubleValue).sum();
        if (names.size() < 2 || Math.abs(sum - 1) > ROUNDING || shares.contains(0.0)) {
            throw new InputException("fractions is " + Shortened.of(text)
                    + " but must be two parts or more whose shares are positive and sum to 1.");
        }
        return new Fractions(names, shares);
    }

    /** Says what is written for {@code --help}. */
    public static String describe() {
        return "NAME=SHARE,…";
    }

    /** Returns the part in whose share a number from 0 to 1 falls. */
    int at(double number) {
        double end = 0;
        for (int part = 0; part < shares.size() - 1; part++) {
            end += shares.get(part);
            if (number < end) {
                return part;
            }
        }
        return shares.size() - 1;
    }
}

package org.align4j.ppo.report;

import java.net.URI;
import java.util.ArrayList;
import java.util.List;

/** The names by which figures tell rewards apart: short ones, a number behind one that comes again. */
public final class RewardNames {
    private RewardNames() {}

    /**
     * Returns the names of rewards: of {@code lexicon:words.txt} the part before the colon, of an address the host, of a path or a
     * class the last part.
     *
     * @param rewards as {@code --reward} names them
     */
    public static List<String> of(List<String> rewards) {
        List<String> names = new ArrayList<>();
        for (String reward : rewards) {
            String name = shortened(reward);
            int number = 2;
            String free = name;
            while (names.contains(free)) {
                free = name + "-" + number++;
            }
            names.add(free);
        }
        return List.copyOf(names);
    }

    private static String shortened(String reward) {
        if (reward.startsWith("http://") || reward.startsWith("https://")) {
            try {
                String host = URI.create(reward).getHost();
                return host == null ? "http" : host;
            } catch (IllegalArgumentException odd) {
                return "http";
            }
        }
        int colon = reward.indexOf(':');
        if (colon > 1) {
            return reward.substring(0, colon);
        }
        String whole = reward.replaceFirst("[/\\\\]+$", "");
        String last = whole.substring(Math.max(whole.lastIndexOf('/'), whole.lastIndexOf('\\')) + 1);
        boolean isClass = last.equals(whole) && last.matches("([a-z_]\\w*\\.)+[A-Z]\\w*");
        return isClass ? last.substring(last.lastIndexOf('.') + 1) : last;
    }
}

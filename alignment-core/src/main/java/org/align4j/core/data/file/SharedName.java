package org.align4j.core.data.file;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.InputException;

/**
 * A name of files with the share that their rows have in an epoch: {@code 2*a.jsonl} takes each row twice, {@code
 * 0.5*b.jsonl} half of the rows.
 *
 * @param share how often each row is taken
 * @param name a file, glob or data set of the hub
 */
public record SharedName(double share, String name) {
    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\*(.+)");
    private static final double MOST = 1000;

    /**
     * Reads a name that may have a share before it.
     *
     * @param option the option's name, for messages
     * @throws InputException where the share is out of range, or the whole is a glob that files match as well
     */
    public static SharedName parse(String option, String item) {
        Matcher form = FORM.matcher(item.strip());
        if (!form.matches() || Files.exists(Path.of(item.strip()))) {
            return new SharedName(1, item);
        }
        double share = Double.parseDouble(form.group(1));
        if (!(share > 0 && share <= MOST)) {
            throw new InputException(option + " has the share " + form.group(1) + " before " + form.group(2)
                    + " but a share must be above 0 and at most 1000; 2 takes each row twice, 0.5 half of the rows.");
        }
        List<Path> matched = DataFiles.matches(item.strip());
        if (!matched.isEmpty()) {
            throw new InputException(option + " has " + item.strip() + ", which may be " + form.group(1) + " times "
                    + form.group(2) + " or a pattern that " + matched.get(0) + " matches; write ./" + item.strip()
                    + " for the pattern, or name the file otherwise.");
        }
        return new SharedName(share, form.group(2));
    }

    /** Returns the name as it is written, its share before it. */
    public String written() {
        boolean whole = share == Math.rint(share);
        return share == 1 ? name : (whole ? String.valueOf((long) share) : String.valueOf(share)) + "*" + name;
    }
}

package org.align4j.ppo.rollout;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;

/**
 * {@code lexicon:FILE}: the mean valence of a response's words. A line of the file is a word, a tab and its valence; further
 * columns, as in VADER's lexicon, stay unread. Words that aren't in it have valence 0, as has a response without words; case
 * does not count. The file may be .gz.
 */
public final class LexiconReward implements RewardSource {
    private static final String PREFIX = "lexicon:";
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]++(?:['’-][\\p{L}\\p{N}]++)*+");

    @Override
    public String usage() {
        return PREFIX + "FILE";
    }

    @Override
    public boolean takes(String given) {
        return given.startsWith(PREFIX);
    }

    @Override
    public Optional<Path> file(String given) {
        return Optional.of(Path.of(given.substring(PREFIX.length())));
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        Map<String, Double> valences = read(Path.of(given.substring(PREFIX.length())));
        TextReward reward = (response, text) -> meanValence(text, valences);
        return reward;
    }

    static double meanValence(String text, Map<String, Double> valences) {
        Matcher words = WORD.matcher(text);
        double sum = 0;
        int count = 0;
        while (words.find()) {
            sum += valences.getOrDefault(words.group().toLowerCase(Locale.ROOT), 0.0);
            count++;
        }
        return count == 0 ? 0 : sum / count;
    }

    private static Map<String, Double> read(Path file) {
        Map<String, Double> valences = new HashMap<>();
        try (BufferedReader lines = reader(file)) {
            int number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    put(valences, line, file + ":" + number);
                }
            }
        } catch (IOException e) {
            throw new InputException("lexicon " + file + " can't be read: " + FileFailure.reason(e) + ".", e);
        }
        if (valences.isEmpty()) {
            throw new InputException("lexicon " + file + " holds no word; a line is a word, a tab and its valence.");
        }
        return valences;
    }

    private static void put(Map<String, Double> valences, String line, String place) {
        String[] columns = line.split("\t", -1);
        try {
            valences.put(columns[0].strip().toLowerCase(Locale.ROOT), Double.valueOf(columns[1].strip()));
        } catch (ArrayIndexOutOfBoundsException | NumberFormatException e) {
            throw new InputException(place + ": \"" + line + "\" is no word, tab and valence.", e);
        }
    }

    private static BufferedReader reader(Path file) throws IOException {
        InputStream bytes = Files.newInputStream(file);
        InputStream plain = file.toString().endsWith(".gz") ? new GZIPInputStream(bytes) : bytes;
        return new BufferedReader(new InputStreamReader(plain, StandardCharsets.UTF_8));
    }
}

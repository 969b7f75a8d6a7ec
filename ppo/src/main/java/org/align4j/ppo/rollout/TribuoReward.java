package org.align4j.ppo.rollout;

import static org.align4j.core.error.RootFormat.format;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.align4j.core.error.FileFailure;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;
import org.tribuo.Feature;
import org.tribuo.Model;
import org.tribuo.Prediction;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.impl.ArrayExample;

/**
 * {@code tribuo:FILE[#LABEL]}: what a Tribuo classifier ({@code Model.serializeToFile}) gives the label, its only positive one
 * ("good", "positive", "1", "true", "yes") where none is named: a probability where the model has them, else its score. The
 * features of a response are its words in lower case, each as often as it comes.
 */
public final class TribuoReward implements RewardSource {
    private static final String PREFIX = "tribuo:";
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}']+");
    private static final List<String> POSITIVE = List.of("good", "positive", "pos", "1", "true", "yes");

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
        return Optional.of(path(given));
    }

    private static Path path(String given) {
        int hash = given.lastIndexOf('#');
        return Path.of(given.substring(PREFIX.length(), hash < 0 ? given.length() : hash));
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        int hash = given.lastIndexOf('#');
        Model<Label> model = load(path(given));
        List<String> labels = model.getOutputIDInfo().getDomain().stream()
                .map(Label::getLabel)
                .sorted()
                .toList();
        String label = hash < 0 ? positive(labels, given) : given.substring(hash + 1);
        if (!labels.contains(label)) {
            throw new InputException(format(
                    "reward is %s, but the classifier's labels are %s; name one of them.",
                    given, String.join(", ", labels)));
        }
        TextReward reward = (response, text) -> score(model, label, response, text);
        return reward;
    }

    private static Model<Label> load(Path file) {
        try {
            return Model.deserializeFromFile(file).castModel(Label.class);
        } catch (IOException | RuntimeException e) {
            throw new InputException(
                    file + " is no classifier of Tribuo that can be read (" + FileFailure.reason(e)
                            + "); write it with Model.serializeToFile.",
                    e);
        }
    }

    private static String positive(List<String> labels, String given) {
        List<String> found = labels.stream()
                .filter(label -> POSITIVE.contains(label.toLowerCase(Locale.ROOT)))
                .toList();
        if (found.size() != 1) {
            throw new InputException(format(
                    "reward is %s, whose labels are %s; say which is the good one: %s#%s.",
                    given, String.join(", ", labels), given, labels.get(0)));
        }
        return found.get(0);
    }

    private static double score(Model<Label> model, String label, Completion response, String text) {
        Map<String, Integer> counts = new HashMap<>();
        Matcher words = WORD.matcher(text.toLowerCase(Locale.ROOT));
        while (words.find()) {
            counts.merge(words.group(), 1, Integer::sum);
        }
        List<Feature> features = new ArrayList<>();
        counts.forEach((word, count) -> {
            if (model.getFeatureIDMap().get(word) != null) {
                features.add(new Feature(word, count));
            }
        });
        if (features.isEmpty()) {
            return 0;
        }
        Prediction<Label> prediction = model.predict(new ArrayExample<>(LabelFactory.UNKNOWN_LABEL, features));
        Label scored = prediction.getOutputScores().get(label);
        if (scored == null) {
            throw new InputException("the classifier gives no score for " + label + " in row "
                    + response.prompt().row() + "; name another label.");
        }
        return scored.getScore();
    }
}

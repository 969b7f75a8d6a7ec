package org.align4j.ppo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.align4j.core.session.ModelPlace;
import org.align4j.core.session.RunFacts;
import org.align4j.core.web.Transfer;
import org.align4j.ppo.rollout.EnsembleReward;

/**
 * Holds the place of a reward's model.
 *
 * @param place its files
 */
record RewardPlace(ModelPlace place) {
    private static final String IMPLICIT = "implicit:";

    /** Finds the model of a reward; empty where the reward is none. */
    static Optional<RewardPlace> of(String reward) {
        if (reward.startsWith(IMPLICIT)) {
            return Optional.of(new RewardPlace(ModelPlace.of(reward.substring(IMPLICIT.length()), null)));
        }
        return ModelPlace.isModel(reward)
                ? Optional.of(new RewardPlace(ModelPlace.ofAny(reward, Transfer.UNHEARD)))
                : Optional.empty();
    }

    /** Finds the models of a reward, which may be an ensemble. */
    static List<RewardPlace> allOf(String reward) {
        return EnsembleReward.members(reward).stream()
                .flatMap(member -> of(member).stream())
                .toList();
    }

    /** Returns a reward's name with its folders made absolute. */
    static String located(String reward) {
        return EnsembleReward.joined(
                reward,
                EnsembleReward.members(reward).stream()
                        .map(RewardPlace::locatedMember)
                        .toList());
    }

    private static String locatedMember(String reward) {
        if (reward.startsWith(IMPLICIT)) {
            return IMPLICIT + ModelPlace.local(reward.substring(IMPLICIT.length()));
        }
        return ModelPlace.isModel(reward) ? ModelPlace.local(reward).toString() : reward;
    }

    /** Returns the hashes of everything that decides what the reward computes, by name. */
    Map<String, String> hashes() {
        return RunFacts.hashesOf(place);
    }

    /** Counts the bytes of its weights as they lie on disk. */
    long bytes() {
        try (Stream<Path> files = Files.list(place.model())) {
            long bytes = 0;
            for (Path file : files.filter(each -> each.toString().endsWith(".safetensors"))
                    .toList()) {
                bytes += Files.size(file);
            }
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(place.model() + " can't be listed", e);
        }
    }
}

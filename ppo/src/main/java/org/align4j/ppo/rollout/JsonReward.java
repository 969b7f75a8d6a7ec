package org.align4j.ppo.rollout;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import org.align4j.core.generate.Completion;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.RewardSource;

/** {@code json-valid}: 1 where the whole response is one JSON document, else 0. */
public final class JsonReward implements RewardSource, TextReward {
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    @Override
    public String usage() {
        return "json-valid";
    }

    @Override
    public boolean takes(String given) {
        return given.equals(usage());
    }

    @Override
    public RewardFunction open(String given, RewardContext context) {
        return this;
    }

    @Override
    public double score(Completion response, String text) {
        try {
            JsonNode document = JSON.readTree(text);
            return document == null || document.isMissingNode() ? 0 : 1;
        } catch (JsonProcessingException e) {
            return 0;
        }
    }
}

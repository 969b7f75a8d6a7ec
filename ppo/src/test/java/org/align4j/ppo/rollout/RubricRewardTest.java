package org.align4j.ppo.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.align4j.core.data.PromptTokens;
import org.align4j.core.error.InputException;
import org.align4j.core.generate.Completion;
import org.align4j.core.kernel.Dtype;
import org.align4j.core.kernel.Engine;
import org.align4j.core.model.Holding.Precision;
import org.align4j.core.pack.TokenBudget;
import org.align4j.core.reward.RewardContext;
import org.align4j.core.reward.RewardFunction;
import org.align4j.core.reward.Rewards;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rubrics: each kind of check by hand, and every field that is wrong by its name. */
class RubricRewardTest {
    private static final RewardContext CONTEXT =
            new RewardContext(Engine.cpu(), Precision.of(Dtype.F32), Path.of("."), 100, TokenBudget.of(100));

    @TempDir
    Path folder;

    private RewardFunction rubric(String text) throws IOException {
        return Rewards.open("rubric:" + Files.writeString(folder.resolve("rubric.yaml"), text), CONTEXT);
    }

    private static Completion said(String text, Map<String, Object> row) {
        return new Completion(new PromptTokens(3, new int[] {1}, "q", null, row), 0, new int[] {5, 6}, text, true);
    }

    private double score(String check, String text, Map<String, Object> row) throws IOException {
        return rubric("checks: [{" + check + "}]").scores(List.of(said(text, row)))[0];
    }

    /** Weights 3 and 1: the first alone is 3/4, both are 1; the parts say which. */
    @Test
    void theScoreIsTheWeightedShareOfTheChecksThatPass() throws IOException {
        RewardFunction rubric = rubric("""
                checks:
                  - kind: regex
                    name: polite
                    pattern: (?i)please
                    weight: 3
                  - kind: length
                    max: 2
                """);
        RewardFunction.Scored scored = rubric.scored(
                List.of(said("Please do sit down", Map.of()), said("please sit", Map.of()), said("no", Map.of())));
        assertThat(scored.scores()).containsExactly(new double[] {0.75, 1, 0.25}, within(1e-12));
        assertThat(scored.parts().get("polite")).containsExactly(1, 1, 0);
        assertThat(scored.parts().get("length")).containsExactly(0, 1, 1);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        kind: regex, pattern: "b.d"                           | a bad one         | 1
        kind: regex, pattern: "b.d", absent: true             | a bad one         | 0
        kind: exact, answer: "Forty two"                      | forty   TWO       | 1
        kind: exact, answer: "42", pattern: "#### (\\\\S+)"   | 41 #### 42        | 1
        kind: exact, field: solution                          | x = 7             | 1
        kind: numeric, answer: "1,250.5"                      | so it is 1250.5   | 1
        kind: numeric, answer: "100", tolerance: 0.5          | 3 then 100.5      | 1
        kind: numeric, answer: "100", tolerance: 0.5          | 100.6             | 0
        kind: numeric, answer: "200", relative-tolerance: 0.1 | about 181         | 1
        kind: numeric, answer: "200", relative-tolerance: 0.1 | about 179         | 0
        kind: numeric, field: worth                           | -2e1              | 1
        kind: numeric, field: worth                           | none at all       | 0
        kind: numeric, answer: "7", pattern: "= (\\\\d+)"     | 7 = 8             | 0
        kind: length, min: 3, unit: characters                | äöü               | 1
        kind: length, min: 2, max: 2, unit: tokens            | whatever it says  | 1
        kind: length, min: 3                                  | two words         | 0
        kind: json-schema, schema: {type: object}             | {"a": 1}          | 1
        kind: json-schema, schema: {type: object}             | {"a": 1} {"b": 2} | 0
        kind: json-schema, schema: {type: object}             | {"a": 1, "a": 2}  | 0
        kind: json-schema, schema: {type: object}             | as JSON: {}       | 0
        """)
    void eachKindOfCheck(String check, String text, double score) throws IOException {
        assertThat(score(check, text, Map.of("solution", "x = 7", "worth", -20)))
                .isEqualTo(score);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        checks: []                                          | must have "checks", a list of at least one check
        [1]                                                 | must be an object of fields
        "checks: [{kind: regex, pattern: a, pattern: b}]"   | must be an object of fields
        {checks: [{kind: regex, pattern: a, pattern: b}]}   | Duplicate field 'pattern'
        {checks: [{kind: regex, pattern: a}], name: x}      | has the field name, which isn't known there; it takes checks
        {checks: [{pattern: a}]}                            | check 1 has the kind of none, but kinds are exact
        {checks: [{kind: regx, pattern: a}]}                | check 1 has the kind regx, but kinds are exact, json-schema, length, numeric and regex; did you mean regex?
        {checks: [{kind: regex, patern: a}]}                | check 1 has the field patern, which isn't known there
        {checks: [{kind: regex}]}                           | check 1 needs the field pattern
        {checks: [{kind: regex, pattern: (}]}               | Unclosed group
        {checks: [{kind: regex, pattern: a, weight: 0}]}    | check 1 has the weight 0.0, which must be above 0
        {checks: [{kind: regex, pattern: a, weight: a}]}    | check 1 has weight "a", which must be a number
        {checks: [{kind: regex, pattern: a, absent: 1}]}    | check 1 has absent 1, which must be true or false
        {checks: [{kind: regex, pattern: a, name: a/b}]}    | check 1 is named a/b
        {checks: [{kind: length}, {kind: length, max: 1}]}  | check 1 has neither min nor max
        {checks: [{kind: length, min: 1}, {kind: length, max: 1}]} | has two checks named length
        {checks: [{kind: length, min: 3, max: 1}]}          | check 1 has min 3.0 above max 1.0
        {checks: [{kind: length, min: 3, unit: letters}]}   | check 1 counts letters
        {checks: [{kind: numeric, answer: many}]}           | check 1 compares with many, which is no number
        {checks: [{kind: numeric, answer: "1", tolerance: -1}]} | check 1 has a tolerance below 0
        {checks: [{kind: numeric, answer: "1", pattern: a}]} | check 1 has a pattern without a group
        {checks: [{kind: exact, answer: a, field: b}]}      | check 1 has both answer and field
        {checks: [{kind: json-schema, schema: {typ: object}}]} | check 1.schema has the keyword typ, which isn't known here; did you mean type?
        {checks: [{kind: json-schema, schema: {properties: {a: {$ref: b}}}}]} | check 1.schema.properties.a has the keyword $ref, which isn't known
        {checks: [{kind: json-schema, schema: {type: text}}]} | check 1.schema.type must be one of
        {checks: [{kind: json-schema, schema: {minLength: -1}}]} | check 1.schema.minLength must be a whole number of 0 or more
        """)
    void whatIsWrongIsRefusedByItsName(String text, String message) {
        assertThatThrownBy(() -> rubric(text))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void aFileThatIsNotThereAndARowWithoutItsColumnAreRefused() throws IOException {
        assertThatThrownBy(() -> Rewards.open("rubric:none.yaml", CONTEXT))
                .hasMessageContaining("none.yaml can't be read");
        RewardFunction rubric = rubric("checks: [{kind: exact, field: solution}]");
        assertThatThrownBy(() -> rubric.requirePrompts(List.of(new PromptTokens(4, new int[] {1}, "q"))))
                .hasMessageContaining("check 1 compares with the column solution, but row 4 has none");
    }

    /** A pattern that would take years ends with a sentence. */
    @Test
    void anEndlessPatternEnds() throws IOException {
        RewardFunction rubric = rubric("checks: [{kind: regex, pattern: '(a*)*(a*)*b'}]");
        assertThatThrownBy(() -> rubric.scores(List.of(said("a".repeat(5000), Map.of()))))
                .hasMessageContaining("does not come to an end on a text of 5000 characters");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
        {"type": ["integer", "null"]}                              | 3.0            | 1.5
        {"type": ["integer", "null"]}                              | null           | "3"
        {"enum": [1, "a"]}                                         | 1.0            | "b"
        {"const": {"a": [1]}}                                      | {"a": [1.0]}   | {"a": [2]}
        {"minimum": 2, "exclusiveMaximum": 3}                      | 2              | 3
        {"maximum": 2, "exclusiveMinimum": 1}                      | 2              | 1
        {"multipleOf": 0.1}                                        | 0.3            | 0.35
        {"minLength": 2, "maxLength": 2}                           | "äö"           | "a"
        {"pattern": "^a+$"}                                        | "aa"           | "ab"
        {"items": {"type": "string"}, "minItems": 1}               | ["a"]          | []
        {"items": {"type": "string"}, "maxItems": 1}               | []             | ["a", "b"]
        {"uniqueItems": true}                                      | [1, 2]         | [1, 1.0]
        {"required": ["a"]}                                        | {"a": null}    | {"b": 1}
        {"properties": {"a": {"type": "number"}}}                  | {"b": "x"}     | {"a": "x"}
        {"properties": {"a": true}, "additionalProperties": false} | {"a": 1}       | {"b": 1}
        {"properties": {"a": true}, "additionalProperties": {"type": "number"}} | {"a": "x", "b": 1} | {"b": "x"}
        {"minProperties": 1, "maxProperties": 1}                   | {"a": 1}       | {}
        {"anyOf": [{"type": "string"}, {"minimum": 5}]}            | 5              | 4
        {"allOf": [{"type": "number"}, {"minimum": 5}]}            | 5              | "5"
        {"oneOf": [{"minimum": 5}, {"maximum": 7}]}                | 8              | 6
        {"not": {"type": "string"}}                                | 1              | "a"
        """)
    void eachKeywordOfASchema(String schema, String holds, String fails) throws IOException {
        assertThat(score("kind: json-schema, schema: " + schema, holds, Map.of()))
                .isEqualTo(1);
        assertThat(score("kind: json-schema, schema: " + schema, fails, Map.of()))
                .isEqualTo(0);
    }
}

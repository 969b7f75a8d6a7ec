package org.align4j.core.text;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import org.align4j.core.error.InputException;
import org.junit.jupiter.api.Test;

/** What is refused has a file each in the corpus of fuzzing; this holds how much is allowed. */
class LibraryGuardTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private final LibraryGuard guard = new LibraryGuard(Path.of("tokenizer.json"));

    private static String replaced(String pattern, String content, int times) {
        String one = "{'type':'Replace','pattern':" + pattern + ",'content':'" + content + "'}";
        return "{'type':'Sequence','normalizers':[" + (one + ",").repeat(times - 1) + one + "]}";
    }

    private void check(String field, String json) throws JsonProcessingException {
        guard.check(field, JSON.readTree(json.replace('\'', '"')));
    }

    /** Two to the sixth is 64, the most. */
    @Test
    void textsMayBecome64TimesAsLong() {
        assertThatCode(() -> check("normalizer", replaced("{'String':'a'}", "ab", 6)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> check("normalizer", replaced("{'String':'a'}", "ab", 7)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("128 times as long");
        assertThatThrownBy(() -> check("decoder", replaced("{'String':'a'}", "ab", 7)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("128 times as long");
    }

    /** A pattern that may match between characters puts its content beside each. */
    @Test
    void patternsCountByTheLeastThatTheyTakeAway() {
        assertThatCode(() -> check("normalizer", replaced("{'String':'ab'}", "cd", 20)))
                .doesNotThrowAnyException();
        assertThatCode(() -> check("normalizer", replaced("{'Regex':' {2,}'}", " ", 20)))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> check("normalizer", replaced("{'Regex':' *'}", " ", 7)))
                .hasMessageContaining("128 times as long");
        assertThatThrownBy(() -> check("normalizer", replaced("{'String':''}", " ", 7)))
                .hasMessageContaining("128 times as long");
    }

    @Test
    void templatesOfOneTextPass() {
        assertThatCode(() -> check(
                        "post_processor",
                        "{'type':'TemplateProcessing','single':[{'SpecialToken':{'id':'<s>','type_id':0}},{'Sequence':"
                                + "{'id':'A','type_id':0}}],'pair':[{'Sequence':{'id':'B','type_id':1}}],'special_tokens':"
                                + "{'<s>':{'id':'<s>','ids':[16777216],'tokens':['<s>']}}}"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> check("post_processor", "{'cls':['<s>',16777217]}"))
                .hasMessageContaining("the id 16777217");
    }

    @Test
    void mergesBeginWithThePrefix() {
        assertThatCode(() -> guard.merge("##", "##b")).doesNotThrowAnyException();
        assertThatThrownBy(() -> guard.merge("##", "#"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("\"##\"")
                .hasMessageContaining("\"#\"");
        assertThatThrownBy(() -> guard.continuing("##", true)).hasMessageContaining("behind its merges");
        assertThatCode(() -> guard.continuing("", true)).doesNotThrowAnyException();
    }

    @Test
    void listsInListsAreRefused() {
        assertThatThrownBy(() -> check("pre_tokenizer", "{'type':'Sequence','pretokenizers':[[0]]}"))
                .hasMessageContaining("a list in a list");
        assertThatThrownBy(() -> check("post_processor", "{'single':[{'Sequence':['B',0]}]}"))
                .hasMessageContaining("a list in the place of an object");
    }
}

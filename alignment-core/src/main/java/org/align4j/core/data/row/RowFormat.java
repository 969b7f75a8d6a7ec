package org.align4j.core.data.row;

/** The layouts of rows, one for each file: this project's own up to {@code TEXT}, then those of others. The first row of a file decides, unless the user named one. */
public enum RowFormat {
    /** The format of each file's first row. */
    AUTO(""),
    /** {@code {"prompt","chosen","rejected"}}, or without a prompt when both share their start. */
    PAIRS("prompt, chosen and rejected"),
    /** {@code {"prompt","completion","label"}}, or messages with a label. */
    UNPAIRED("prompt, completion and label"),
    /** {@code {"messages"}}. */
    MESSAGES("messages"),
    /** {@code {"input":{"messages"},"preferred_output","non_preferred_output"}}. */
    OPENAI("input, preferred_output and non_preferred_output"),
    /** {@code {"chosen","rejected"}} with transcripts that start with {@code \n\nHuman:}. */
    HH("chosen and rejected, transcripts that start with \\n\\nHuman:"),
    /** {@code {"prompt","completions","labels"}}: an answer in steps, as trl's stepwise supervision has it. */
    STEPS("prompt, completions (a list of steps) and labels"),
    /** {@code {"prompt_ids", "chosen_ids" and "rejected_ids", or "completion_ids", or "completions_ids"}}. */
    TOKENS("prompt_ids (with chosen_ids and rejected_ids, or with completion_ids, or with completions_ids)"),
    /** {@code {"text"}}, {@code {"prompt","completion"}} or {@code {"prompt"}}. */
    TEXT("text, or prompt and completion, or prompt"),
    /** LLaMA-Factory's and Raschka's: {@code {"instruction","input","output" or "chosen","rejected"}}. */
    ALPACA("instruction, and output or chosen and rejected"),
    /** {@code {"conversations":[{"from","value"}]}}, perhaps with {@code kto_tag}. */
    SHAREGPT("conversations with from and value"),
    /** ms-swift's: {@code {"messages","rejected_response" or "rejected_messages"}}. */
    SWIFT("messages (or query and response) and rejected_response or rejected_messages"),
    /** Intel's and Argilla's pairs of Orca: {@code {"system","question","chosen","rejected"}}. */
    ORCA("system, question (or input), chosen and rejected"),
    /** {@code {"instruction","chosen_response","rejected_response"}}. */
    ARGILLA("instruction, chosen_response and rejected_response"),
    /** {@code {"question","response_j","response_k"}}. */
    STACKPAIRED("question, response_j and response_k"),
    /** A prompt, an answer and whether a person liked it. */
    THUMBS("a prompt, an answer and feedback, thumbs, vote or label (up, 1, true, thumbs_up …)"),
    /** Amazon Nova's: {@code {"messages"}} of which the last has {@code candidates}. */
    NOVA("messages of which the last has candidates with content and preferenceLabel"),
    /** Gemini's of Vertex AI: {@code {"contents","completions"}}. */
    VERTEX("contents with parts, and completions with completion and score"),
    /** Raw UltraFeedback: {@code {"instruction","completions":[{"response","overall_score"}]}}. */
    ULTRAFEEDBACK("instruction and completions with response and scores"),
    /** {@code {"prompt","answers":[{"answer","rank"}]}}. */
    NECTAR("prompt and answers with answer and rank"),
    /** NeMo's: {@code {"context","completions":[{"completion","rank"}]}}. */
    NEMO("context and completions with completion and rank"),
    /** {@code {"question","answers":[{"text","pm_score"}]}}. */
    STACKEXCHANGE("question and answers with text and pm_score"),
    /** {@code {"prompt","chosen":[…],"rejected":[…]}} with lists of texts. */
    REWARDBENCH2("prompt, and lists of texts as chosen and rejected"),
    /** {@code {"prompt","response","helpfulness","correctness","coherence","complexity","verbosity"}} in neighbouring rows of one prompt. */
    HELPSTEER(
            "prompt, response, helpfulness, correctness, coherence, complexity and verbosity, and a neighbour of the same"
                    + " prompt"),
    /** {@code {"prompt","response_1","response_2","preference_strength"}}. */
    HELPSTEER2("prompt, response_1, response_2 and preference_strength"),
    /** {@code {"context","response1","response2","overall_preference"}}. */
    HELPSTEER3("context, response1, response2 and overall_preference"),
    /** {@code {"history","human_ref_A","human_ref_B","labels"}}. */
    SHP("history, human_ref_A, human_ref_B and labels"),
    /** An arena's: {@code {"conversation_a","conversation_b","winner"}}. */
    ARENA("conversation_a, conversation_b and winner"),
    /** An arena's in columns: {@code {"prompt","response_a","response_b","winner_model_a","winner_model_b"}}. */
    ARENACOLUMNS("prompt, response_a, response_b, winner_model_a and winner_model_b"),
    /** Logs of A/B tests: {@code {"prompt","response_a","response_b","winner"}} and names of their like. */
    VOTES("a prompt, response_a and response_b (or 1 and 2), and winner"),
    /** Label Studio's JSON export: tasks with all of their annotations. */
    LABELSTUDIO("data with a prompt and two answers, and annotations"),
    /** Label Studio's JSON_MIN export: a row for each annotation. */
    LABELSTUDIOMIN("a prompt, two answers (answer1 and answer2, say), annotation_id, lead_time and what was chosen"),
    /** Argilla 2's records: fields and responses by question, or flat. */
    ARGILLA2("fields with a prompt and two answers, and responses (or QUESTION.responses)"),
    /** Open WebUI's export of feedback. */
    OPENWEBUI("data with rating, meta with message_id, and snapshot with the chat"),
    /** Answers that a person edited: {@code {"prompt","original_response","edited_response"}}. */
    EDITS("a prompt, original_response (or response) and edited_response"),
    /** Stars for the answers to one prompt in neighbouring rows: {@code {"prompt","response","rating"}}. */
    STARS("prompt, response and rating, and a neighbour of the same prompt");

    private final String keys;

    RowFormat(String keys) {
        this.keys = keys;
    }

    /** The keys that a row of this layout has, as a message names them. */
    public String keys() {
        return keys;
    }

    /** What a row of this layout has, as half a sentence. */
    public String need() {
        return "a row of format " + label() + " has " + keys;
    }

    /** The name as the command line spells it. */
    public String label() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }
}

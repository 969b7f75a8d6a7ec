package org.align4j.core.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Parses the statements of a template. */
final class StatementParser {
    private final TokenStream stream;
    private final Syntax syntax = new Syntax();
    private final ExpressionParser expressions;
    private final TargetParser targets;

    StatementParser(List<Token> tokens) {
        this.stream = new TokenStream(tokens);
        this.expressions = new ExpressionParser(stream, syntax);
        this.targets = new TargetParser(expressions, stream);
    }

    /** Parses a whole template. */
    Block template() {
        Block block = block(List.of());
        if (!stream.current().is(Token.Type.END)) {
            throw stream.fail("Encountered unknown tag " + stream.current().shown());
        }
        return block;
    }

    boolean marksGeneration() {
        return syntax.generation();
    }

    /** Statements up to a tag of one of these names, which is then the current token. */
    private Block block(List<String> endNames) {
        List<Statement> statements = new ArrayList<>();
        while (!stream.current().is(Token.Type.END)) {
            Token token = stream.next();
            switch (token.type()) {
                case TEXT -> statements.add(new Statements.Text(token.line(), token.value()));
                case OUTPUT_BEGIN -> {
                    Expression value = expressions.tuple(true, false);
                    stream.expect(Token.Type.OUTPUT_END, "'}}'");
                    statements.add(new Statements.Print(token.line(), value));
                }
                default -> {
                    if (stream.current().is(Token.Type.NAME)
                            && endNames.contains(stream.current().value())) {
                        return new Block(statements);
                    }
                    statements.add(statement());
                }
            }
        }
        if (!endNames.isEmpty()) {
            throw stream.fail("Unexpected end of template; '" + String.join("' or '", endNames) + "' is missing");
        }
        return new Block(statements);
    }

    /** The statements of a tag, up to and with its end tag. */
    private Block bodyTo(String endName) {
        endTag();
        Block body = block(List.of(endName));
        stream.next();
        return body;
    }

    private void endTag() {
        stream.expect(Token.Type.TAG_END, "'%}'");
    }

    private Statement statement() {
        Token tag = stream.expect(Token.Type.NAME, "a tag name");
        syntax.enter(stream);
        Statement statement = switch (tag.value()) {
            case "if" -> ifTag(tag.line());
            case "for" -> forTag(tag.line());
            case "set" -> setTag(tag.line());
            case "macro" -> macroTag(tag.line());
            case "call" -> callTag(tag.line());
            case "filter" -> filterTag(tag.line());
            case "with" -> withTag(tag.line());
            case "generation" -> generationTag(tag.line());
            case "break", "continue" -> jump(tag);
            case "print" -> new Statements.Print(tag.line(), expressions.tuple(true, false));
            case "block" -> blockTag(tag.line());
            case "include", "import", "from", "extends" -> other(tag);
            default -> throw stream.fail("Encountered unknown tag '" + tag.value() + "'", tag);
        };
        syntax.leave();
        endTag();
        return statement;
    }

    private Statement ifTag(int line) {
        List<Statements.Arm> arms = new ArrayList<>();
        boolean before = syntax.conditional(true);
        String tag = "if";
        while (!tag.equals("endif")) {
            Expression test = tag.equals("else") ? null : expressions.tuple(false, false);
            endTag();
            List<String> ends = test == null ? List.of("endif") : List.of("elif", "else", "endif");
            arms.add(new Statements.Arm(test, block(ends)));
            tag = stream.next().value();
        }
        syntax.conditional(before);
        return new Statements.If(line, arms);
    }

    private Statement forTag(int line) {
        Target target = targets.loopTarget();
        stream.expectName("in");
        Expression elements = expressions.tuple(false, false, "recursive");
        Expression test = stream.skipName("if") ? expressions.expression() : null;
        boolean recursive = stream.skipName("recursive");
        endTag();
        boolean before = syntax.conditional(false);
        int loops = syntax.loops(syntax.loops() + 1);
        Block body = block(List.of("endfor", "else"));
        syntax.loops(loops);
        Block otherwise = null;
        if (stream.next().value().equals("else")) {
            endTag();
            otherwise = block(List.of("endfor"));
            stream.next();
        }
        syntax.conditional(before);
        return new For(line, target, elements, test, recursive, body, otherwise);
    }

    private Statement setTag(int line) {
        Target target = targets.target(true);
        if (stream.skipOperator("=")) {
            return new Statements.Set(line, target, expressions.tuple(true, false));
        }
        Statements.Filtering filtering = filtering(false);
        return new Statements.SetBlock(line, target, scoped("endset", syntax.loops()), filtering);
    }

    private Statements.Filtering filtering(boolean required) {
        if (!required && !stream.current().isOperator("|")) {
            return new Statements.Filtering(null);
        }
        Expression text = scope -> scope.get(Statements.Filtering.TEXT);
        Expression first = required ? expressions.filters().filter(text) : text;
        return new Statements.Filtering(expressions.filters().filters(first));
    }

    private Statement filterTag(int line) {
        Statements.Filtering filtering = filtering(true);
        return new Statements.FilterBlock(line, scoped("endfilter", syntax.loops()), filtering);
    }

    /** A body with names of its own, in so many loops that it may leave. */
    private Block scoped(String endName, int loops) {
        boolean conditional = syntax.conditional(false);
        int before = syntax.loops(loops);
        Block body = bodyTo(endName);
        syntax.loops(before);
        syntax.conditional(conditional);
        return body;
    }

    private Statement withTag(int line) {
        List<Target> names = new ArrayList<>();
        List<Expression> values = new ArrayList<>();
        while (!stream.current().is(Token.Type.TAG_END)) {
            if (!names.isEmpty()) {
                stream.expectOperator(",");
            }
            names.add(targets.target(false));
            stream.expectOperator("=");
            values.add(expressions.expression());
        }
        return new Statements.With(line, names, values, scoped("endwith", syntax.loops()));
    }

    private Statement macroTag(int line) {
        String name = targets.name();
        if (!stream.current().isOperator("(")) {
            throw stream.fail("expected '(', got " + stream.current().shown());
        }
        return new Statements.Define(line, definition(name, "endmacro"));
    }

    private Macro.Definition definition(String name, String endName) {
        syntax.noteNames();
        List<Macro.Parameter> parameters = stream.current().isOperator("(") ? parameters() : List.of();
        Block body = scoped(endName, 0);
        return new Macro.Definition(name, parameters, body, syntax.notedNames());
    }

    private Statement callTag(int line) {
        List<Macro.Parameter> parameters = stream.current().isOperator("(") ? parameters() : List.of();
        if (!(expressions.expression() instanceof Call call)) {
            throw stream.fail("expected call");
        }
        syntax.noteNames();
        Block body = scoped("endcall", 0);
        Set<String> reads = syntax.notedNames();
        return new Statements.CallBlock(line, call, new Macro.Definition("caller", parameters, body, reads));
    }

    private List<Macro.Parameter> parameters() {
        List<Macro.Parameter> parameters = new ArrayList<>();
        stream.expectOperator("(");
        boolean optional = false;
        while (!stream.current().isOperator(")")) {
            if (!parameters.isEmpty()) {
                stream.expectOperator(",");
            }
            String name = targets.name();
            @Nullable Expression otherwise = stream.skipOperator("=") ? expressions.expression() : null;
            if (optional && otherwise == null) {
                throw stream.fail("non-default argument follows default argument");
            }
            optional |= otherwise != null;
            parameters.add(new Macro.Parameter(name, otherwise));
        }
        stream.expectOperator(")");
        return parameters;
    }

    private Statement generationTag(int line) {
        syntax.marksGeneration();
        return new Statements.Generation(line, scoped("endgeneration", 0));
    }

    private Statement blockTag(int line) {
        targets.name();
        stream.skipName("scoped");
        endTag();
        int before = syntax.loops(0);
        Block body = block(List.of("endblock"));
        syntax.loops(before);
        stream.next();
        if (stream.current().is(Token.Type.NAME)) {
            stream.next();
        }
        return new Statements.NamedBlock(line, body);
    }

    private Statement jump(Token tag) {
        if (!syntax.inLoop()) {
            throw stream.fail("'" + tag.value() + "' outside loop", tag);
        }
        return new Statements.Jump(
                tag.line(), tag.value().equals("break") ? Statement.Next.BREAK : Statement.Next.CONTINUE);
    }

    private Statement other(Token tag) {
        while (!stream.current().is(Token.Type.TAG_END) && !stream.current().is(Token.Type.END)) {
            stream.next();
        }
        return new Statements.Other(tag.line(), tag.value());
    }
}

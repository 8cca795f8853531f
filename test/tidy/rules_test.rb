# frozen_string_literal: true

# Each rule finds what it is there to find: a text that breaks it, beside one that keeps it.
#
# Without these a rule whose pattern never matches would pass over the whole tree.
require_relative "tree_test"

class RulesTest < Minitest::Test
  HEAD = "/* One.\n * Two.\n * Three. */\n"

  # rule => [path, text that breaks it, text that keeps it]
  CASES = {
    [Tidy::TextRules, :trailing_white_space] => ["a.rb", "x \n", "x\n"],
    [Tidy::TextRules, :final_newline] => ["a.rb", "x", "x\n"],
    [Tidy::TextRules, :tabs] => ["a.c", "\tx;\n", "    x;\n"],
    [Tidy::TextRules, :width] => ["a.c", "#{'x' * 101}\n", "#{'x' * 100}\n"],
    [Tidy::TextRules, :file_length] => ["a.rb", "x\n" * 301, "x\n" * 300],
    [Tidy::TextRules, :private_words] => ["a.md", "see iss#{}ue 12\n", "see the issue\n"],
    [Tidy::TextRules, :outside_paths] => ["lib/a.rb", "'../shar#{}ed/x'\n", "'shared'\n"],
    [Tidy::TextRules, :head_comment] => ["a.h", "/* One. */\n", HEAD],
    [Tidy::NameRules, :identifiers] => ["a.c", "int name_len;\n", "int name_size; /* len */\n"],
    [Tidy::NameRules, :file_name] => ["string_utils.rb", "", nil],
    [Tidy::NameRules, :verbs] => ["a.c", "void\nprocess_event(void)\n{\n}\n",
                                  "void\nprocess_id_read(void)\n{\n}\n"],
    [Tidy::CRules, :function_length] => ["a.c", "int\nlong_one(void)\n{\n#{"    x;\n" * 70}}\n",
                                         "int\nshort_one(void)\n{\n#{"    x();\n" * 60}}\n"],
    [Tidy::CRules, :parameters] => ["a.c", "int\nf(int a, int b, int c, int d, int e, int g)\n{\n}",
                                    "int\nf(int a, int b, int c, int d, char *e, size_t e_size)\n" \
                                    "{\n}\n"],
    [Tidy::CRules, :levels] => ["a.c", "int\nf(void)\n{\n                if (x)\n}\n",
                                "int\nf(void)\n{\n            if (x)\n}\n"],
    [Tidy::CRules, :braces] => ["a.c", "int f(void)\n{\n}\n", "int\nf(void)\n{\n}\n"],
    [Tidy::CRules, :refused_words] => ["a.c", "    goto again;\n", "    goto cleanup;\n"],
    [Tidy::CRules, :conditional_code] => ["a.c", "int\nf(void)\n{\n#ifdef X\n#endif\n}\n",
                                          "#ifdef X\nint\nf(void)\n{\n}\n#endif\n"],
    [Tidy::CRules, :state] => ["libctrace/src/io/a.c", "static int counter;\n",
                               "static const int limit = 3;\n"],
    [Tidy::CRules, :library_manners] => ["libctrace/src/io/a.c", "    exit(1);\n",
                                         "    /* exit(1) */ next();\n"],
    [Tidy::RubyRules, :method_length] => ["a.rb", "def x\n#{"  y\n" * 29}end\n",
                                          "def x\n#{"  y\n" * 28}end\n"],
    [Tidy::RubyRules, :parameters] => ["a.rb", "def x(a, b, c, d, e, f)\n  y\nend\n",
                                       "def x(a, b = [1, 2], c: 3, *d)\n  y\nend\n"],
    [Tidy::RubyRules, :levels] => ["a.rb", "def x\n        if y\nend\n",
                                   "def x\n      if y\nend\n"],
    [Tidy::RubyRules, :frozen_strings] => ["a.rb", "x\n", "# frozen_string_literal: true\n"]
  }.freeze

  CASES.each do |(rules, name), (path, bad, good)|
    define_method("test_#{name}") do
      refute_empty rules.public_send(name, Tidy::Source.new(path, bad)), bad
      next if good.nil?

      assert_empty rules.public_send(name, Tidy::Source.new(path, good)), good
    end
  end

  def test_includes_go_one_way
    assert_finding "libctrace/src/base/a.c", "container/container_reader.h"
    assert_finding "libctrace/src/io/a.c", "ctrace/trace_reader.h"
    assert_finding "libctrace/src/value/a.c", "ruby.h"
    assert_finding "libctrace/tools/ctrace.c", "base/buffer.h"
    refute_finding "libctrace/src/trace/a.c", "container/container_reader.h"
    refute_finding "libctrace/src/container/a.c", "io/output.h"
    refute_finding "libctrace/tools/ctrace.c", "ctrace/trace_reader.h"
    refute_finding "ext/codetracer_recorder/a.c", "ruby/debug.h"
  end

  def test_documents_name_what_is_there
    page = Tidy::Source.new("a.md", "see `x.c`, `no.c`, `src/`, `none/`, `make it`, `make all`\n")
    assert_equal 2, Tidy::DocumentRules.missing_paths(page, %w[src/x.c]).size
    assert_equal 1, Tidy::DocumentRules.missing_targets(page, "all: x\n").size
  end

  def test_dead_files
    dead = %w[libctrace/src/stray.c test/recorder/deep/x_test.rb lib/nobody.rb].map do |path|
      Tidy::Source.new(path, "")
    end
    assert_equal 3, Tidy::DeadFiles.find(dead).size
  end

  private

  def assert_finding(path, included)
    refute_nil Tidy::CRules.include_finding(path, included), "#{path} includes #{included}"
  end

  def refute_finding(path, included)
    assert_nil Tidy::CRules.include_finding(path, included), "#{path} includes #{included}"
  end
end

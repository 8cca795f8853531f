# frozen_string_literal: true

# What filters decide: rules in their order, sources in theirs, and the names that code has.
#
# A rule of the family's filter language each.
require_relative "filter_case"

class FilterRulesTest < FilterCase
  # ---- rules ----

  def test_all_matching_rules_count_in_order
    rules = rules_of(rule("file:**", exec: "skip") + rule("file:app/**", exec: "trace") +
                     rule("file:app/old/*", exec: "skip") + rule("pkg:app.old.keep", exec: "trace"))
    assert_equal [true, false, true, false],
                 %w[app/a.rb app/old/b.rb app/old/keep.rb lib/c.rb].map { |path|
                   traced?(rules, path)
                 }
  end

  def test_objects_have_names_with_and_without_the_package
    rules = rules_of(rule("obj:Order#*", exec: "skip") +
                     rule("obj:app.shop.Cart.new", exec: "skip"))
    assert_equal [false, true, false, true],
                 ["Order#pay", "Order.find", "Cart.new", "Cart#add"].map { |name|
                   traced?(rules, "app/shop.rb", name)
                 }
  end

  def test_inherit_leaves_what_was_decided
    rules = rules_of(rule("file:**", exec: "skip") + rule("file:app/**", exec: "inherit"))
    refute traced?(rules, "app/a.rb")
  end

  def test_value_patterns_replace_those_before
    first = rule("file:**", values: { "local:a" => "redact" })
    second = rule("file:b.rb")
    decider = decider(rules_of(first + second))
    assert_equal [1, 0], %w[a.rb b.rb].map { |path| decide(decider, path).patterns.size }
  end

  # Of a value, the first pattern of its kind decides, by its name; else the default, which the last
  # rule that has one sets.
  def test_the_first_pattern_of_the_kind_decides
    text = rule("file:**", values: { "local:a*" => "allow", "local:ab" => "drop",
                                     "ret:ab" => "deny", "arg:regex:b$" => "drop" })
    decision = decide(decider(rules_of(text)), "a.rb")
    { ["local", "ab"] => "allow", ["local", "b"] => nil, ["ret", "ab"] => "redact",
      ["ret", "a"] => nil, ["arg", "xb"] => "drop", ["arg", "bx"] => nil }
      .each do |(kind, name), action|
        number = Rules::VALUE_KINDS.fetch(kind)
        found = decision.patterns.find { |one| one.kind == number && one.matcher.match?(name) }
        expected = action && Rules::ACTIONS.fetch(action)
        assert_equal [expected], [found&.action], "#{kind} #{name}"
      end
  end

  def test_the_last_value_default_counts
    texts = ["file:**", "file:b.rb", "file:c.rb"].zip(%w[redact allow inherit]).map do |file, word|
      "#{rule(file)}value_default = \"#{word}\"\n"
    end
    rules = rules_of(texts.join)
    assert_equal %w[redact allow redact].map { |word| Rules::ACTIONS.fetch(word) },
                 %w[a.rb b.rb c.rb].map { |path| decide(decider(rules), path).value_action }
  end

  def test_inherit_in_the_first_file_is_what_is_built_in
    inherit = HEAD.sub("\"trace\"", "\"inherit\"").sub("\"allow\"", "\"inherit\"")
    decision = decide(decider(rules_of(inherit)), "a.rb")
    assert_equal [true, 0], [decision.is_traced, decision.value_action]
  end

  def test_regexes_of_files_search_and_literals_are_whole
    rules = rules_of(rule("file:regex:gen", exec: "skip") + rule("file:literal:lib", exec: "skip") +
                     rule("file:regex:^own/", exec: "skip"))
    assert_equal [false, false, true, false, true],
                 %w[app/generated.rb gen.rb lib/a.rb own/b.rb app/own/c.rb].map { |path|
                   traced?(rules, path)
                 }
  end

  def test_drop_discards_the_patterns_of_earlier_files
    earlier = HEAD + rule("file:**", values: { "local:a" => "allow" })
    later = HEAD.sub("\"allow\"", "\"drop\"")
    assert_empty decide(decider(rules_of(earlier, later)), "a.rb").patterns
    same = HEAD.sub("\"allow\"", "\"drop\"") + rule("file:**", values: { "local:a" => "allow" })
    assert_equal 1, decide(decider(rules_of(same)), "a.rb").patterns.size
  end

  def test_later_defaults_win_and_inherit_keeps
    skip, inherit = %w[skip inherit].map { |word| HEAD.sub("\"trace\"", "\"#{word}\"") }
    assert_equal [false, true, false],
                 [[HEAD, skip], [skip, HEAD], [skip, inherit]].map { |both|
                   traced?(rules_of(*both), "a.rb")
                 }
  end

  def test_paths_are_below_the_innermost_project
    inner = write("inner/.codetracer/trace-filter.toml", HEAD + rule("file:a.rb", exec: "skip"))
    outer = write("outer.toml", HEAD)
    rules = CodeTracer::Filter.rules(options(paths: [outer, inner]), script: nil, workdir: @folder)
    assert_equal ["a.rb", "b/c.rb", "/else/d.rb"],
                 %W[#{@folder}/inner/a.rb #{@folder}/b/c.rb /else/d.rb].map { |path|
                   decider(rules).unit(path).relative
                 }
    assert_equal [false, true], %w[inner/a.rb inner/b.rb].map { |path| traced?(rules, path) }
  end

  def test_paths_of_literals_and_globs_may_be_absolute_within_the_project
    rules = rules_of(rule("file:literal:#{@folder}/x/a.rb", exec: "skip") +
                     rule("file:./y/*", exec: "skip"))
    assert_equal [false, false, true], %w[x/a.rb y/b.rb z/c.rb].map { |path| traced?(rules, path) }
  end

  def test_gems_and_the_standard_library_are_skipped_until_a_rule_is_about_them
    plain = rules_of(rule("obj:Rack#*", exec: "trace"))
    lifted = rules_of(rule("pkg:rack", exec: "trace"))
    rack = "/gems/rack-2.2.4-x86/lib/rack.rb"
    assert_equal [false, false, true, false],
                 [traced?(plain, rack), traced?(plain, rack, "Rack#call"), traced?(lifted, rack),
                  traced?(lifted, "/own/cli.rb")]
  end

  def test_packages_are_gems_or_paths_with_dots
    found = decider(rules_of(HEAD))
    { "/gems/rack-2.2.4/lib/rack.rb" => "rack", "/gems/a-b-1.0/x.rb" => "a-b",
      "/gems/x-0123456789ab/x.rb" => "x", "#{@folder}/app/models/user.rb" => "app.models.user",
      "/stdlib/json/ext.rb" => "json.ext" }.each do |path, package|
      assert_equal package, found.unit(path).package
    end
  end

  # ---- sources ----

  def test_the_nearest_file_upwards_then_the_environment_then_the_command_line
    write(".codetracer/trace-filter.toml", HEAD)
    write("app/.codetracer/trace-filter.toml", HEAD)
    write("app/deep/prog.rb", "")
    all = %w[e1.toml e2.toml c1.toml c2.toml].map { |name| write(name, HEAD) }
    wanted = options(environment: all.first(2).join("::"), paths: all.last(2))
    found = CodeTracer::Filter.rules(wanted, script: "#{@folder}/app/deep/prog.rb", workdir: "/")
    assert_equal ["#{@folder}/app/.codetracer/trace-filter.toml", *all], found.sources.map(&:path)
    wanted.is_automatic = false
    found = CodeTracer::Filter.rules(wanted, script: "#{@folder}/app/deep/prog.rb", workdir: "/")
    assert_equal all, found.sources.map(&:path)
  end

  def test_one_argument_may_name_several_files
    first, second = %w[one.toml two.toml].map { |name| write(name, HEAD) }
    wanted = options(paths: ["#{first}::#{second}"])
    found = CodeTracer::Filter.rules(wanted, script: nil, workdir: @folder)
    assert_equal [first, second], found.sources.map(&:path)
  end

  def test_short_forms_are_a_source_of_their_own
    FileUtils.mkdir_p("#{@folder}/app")
    forms = [["--only", "app"], ["--skip", "app/gen/*"], ["--only-method", "Order#*"],
             ["--skip-method", "Order#inspect"]]
    rules = CodeTracer::Filter.rules(options(forms: forms), script: nil, workdir: @folder)
    assert_equal [true, false, false, true, false],
                 [traced?(rules, "app/a/b.rb"), traced?(rules, "app/gen/x.rb"),
                  traced?(rules, "lib/c.rb"), traced?(rules, "lib/c.rb", "Order#pay"),
                  traced?(rules, "lib/c.rb", "Order#inspect")]
    assert_equal "<inline:command-line>", rules.provenance.last.first
  end

  def test_provenance_has_the_bytes_digest
    path = write("f.toml", HEAD)
    rules = CodeTracer::Filter.rules(options(paths: [path]), script: nil, workdir: @folder)
    require "digest"
    assert_equal [["<inline:builtin-default>", Digest::SHA256.hexdigest(BuiltIn::TEXT)],
                  [path, Digest::SHA256.hexdigest(HEAD)]], rules.provenance
  end
end

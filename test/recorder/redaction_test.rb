# frozen_string_literal: true

# Planted secrets that may not be found anywhere in a trace, and innocent names that must be.
#
# The program is test/programs/secrets.rb. All files of the trace's folder are searched, compressed
# parts through the independent reader; plain, base64, hexadecimal and URL-escaped.
require_relative "planted_secrets"
require_relative "recorder_case"
require_relative "../../lib/codetracer/filter/built_in"
require_relative "../../lib/codetracer/filter/secret_names"

class RedactionTest < RecorderCase
  include PlantedSecrets
  parallelize_me!

  PROGRAM = File.join(PROGRAMS, "secrets.rb")
  INPUT_PROGRAM = File.join(PROGRAMS, "secret_input.rb")
  # "pl4nted" is part of each that is made up; the others have a form of their own.
  SECRETS = %w[
    pl4nted-env-Q7 pl4nted/env+Z9== pl4nted-input-W3 pl4nted-login-537 pl4nted-csrf-31
    pl4nted-bearer-77 pl4nted-cookie-1 pl4nted-otp-55 pl4nted-refresh-9 pl4nted-url-8 pl4nted-api-2
    pl4ntedpem0123 pl4nted_signature eyJwbDRudGVkIjoxfQ AKIAPLANTEDKEYA23456 4111111111111111
  ].push("4111 1111 1111 1111").freeze
  ENVIRONMENT = { "DB_PASSWORD" => "pl4nted-env-Q7", "SESSION_SECRET" => "pl4nted/env+Z9==" }.freeze
  # In the program's text itself, which is copied: by form alone.
  IN_SOURCE = %w[pl4nted-csrf-31 pl4nted-bearer-77 pl4nted-cookie-1 pl4nted-otp-55 pl4nted-refresh-9
                 pl4nted-api-2 pl4ntedpem0123 pl4nted_signature eyJwbDRudGVkIjoxfQ].freeze
  INNOCENT = %w[
    company passenger compass author authors tokenizer monkey token_count password_length secretary
    keyboard discard keyword spinner passport_office tokens_size pass_through_count panel span
    japan expand passive bypass encompass surpass cardinal cardigan cardboard discarded cookiecutter
    cookies_enabled authority authorship secrete key keys keyed turkey hockey donkey pinned opinion
    shipping credited accredited otpauth cvcs_count session sessions userid passed assassin
  ].freeze

  %w[aug26 json].each do |profile|
    define_method("test_nothing_in_a_native_trace_as_#{profile}") do
      assert_hidden("--recorder", "native", "--profile", profile)
    end
  end

  def test_nothing_in_a_pure_trace
    assert_hidden("--recorder", "pure")
  end

  def test_nothing_in_the_spool
    text = spool_after(PROGRAM, stdin: "pl4nted-input-W3\n", env: ENVIRONMENT)
    assert_includes text, "pan-european" # it is the one that was written to
    assert_empty in_forms(hidden_secrets, text)
  end

  # What is read is seen to be a secret by where it is put; mere words and numbers, too.
  INPUT = ["pl4nted-line-1", "plantedword", "90210", "pl4nted/hal+pl4nted-half", "pl4nted-arg-4",
           "pl4nted-ivar-5", "pl4nted-key-6", "friendly"].freeze
  INPUT_SECRETS = (INPUT - %w[friendly pl4nted/hal+pl4nted-half] +
                   %w[pl4nted/hal pl4nted-half]).freeze

  %w[native pure].each do |recorder|
    define_method("test_nothing_of_the_input_in_a_#{recorder}_trace") do
      run = record("--recorder", recorder, INPUT_PROGRAM, stdin: "#{INPUT.join("\n")}\n")
      assert_equal "exit 0", run.ending, run.to_s
      assert_empty find_secrets(in_folder("trace"), INPUT_SECRETS)
      read = checked_events.scan(/^ *event 3 "" (".*")$/).map { |(text)| text.undump }
      assert_equal INPUT.join("\n").size + 1, read.join.size # as many bytes, blanked
      assert_equal "friendly\n", read.last
    end
  end

  def test_nothing_of_the_input_in_the_spool
    text = spool_after(INPUT_PROGRAM, stdin: "#{INPUT.join("\n")}\n", env: ENVIRONMENT)
    assert_includes text, "friendly"
    assert_empty in_forms(INPUT_SECRETS, text)
  end

  # More than a record holds: what is sent ahead of it goes through the same sieve.
  def test_nothing_of_a_long_step_in_the_spool
    names = ["line", *(1..9).map { |number| "long_#{number}" }, "sent"]
    program = write_program("long.rb", <<~RUBY)
      half = "pl4nted-"
      #{names.join(', ')} = half + "long-8", *["b" * 50_000] * 9, { "otp" => half + "long-8" }
      sent.size
    RUBY
    text = spool_after(program, options: %w[--spool-size 8M --max-value bytes=50000])
    assert text.include?("b" * 50_000), "nothing of it"
    assert_empty in_forms(%w[pl4nted-long-8], text)
    assert_equal names, checked_events.scan(/^ +(line|long_\d|sent) = [^n]/).flatten.uniq
  end

  def test_a_literal_in_the_source_is_blanked_in_its_copy
    path = write_program("p.rb", "key = 'AKIAIOSFODNN7EXAMPLE' # here\nputs 1\n")
    record(path)
    copy = File.read(in_folder("trace/files#{path}"))
    assert_equal "key = '********************' # here\nputs 1\n", copy
  end

  def test_arguments_of_the_command_are_part_of_the_trace
    path = write_program("p.rb", "p ARGV\n")
    run = record(path, "--password", "pl4nted-arg-1", "--api-key=pl4nted-arg-2", "plain")
    assert_includes run.out, "pl4nted-arg-1"
    assert_empty find_secrets(in_folder("trace"), %w[pl4nted-arg-1 pl4nted-arg-2])
  end

  def test_what_a_method_returns_that_a_block_is
    path = write_program("p.rb", <<~'RUBY')
      class Door
        define_method(:api_key) { "pl4nted-" + 99.to_s }

        def auth_token
          "pl4nted-" + 98.to_s
        end
      end
      Door.new.api_key
      Door.new.auth_token
    RUBY
    record(path)
    assert_empty find_secrets(in_folder("trace"), %w[pl4nted-99 pl4nted-98])
  end

  def test_names_that_only_look_alike
    names = CodeTracer::Filter::SecretNames.new(CodeTracer::Filter::BuiltIn::SECRET_NAMES,
                                                CodeTracer::Filter::BuiltIn::TELLING_WORDS)
    assert_empty(INNOCENT.select { |name| names.secret?(name) })
    %w[password user_password passwordConfirmation DB_PASSWORD API-KEY apiKey APIKey accessTOKEN
       @token tokens credit_card_number HTTP_AUTHORIZATION Set-Cookie pan clientSecret
       secret_key_base].each { |name| assert names.secret?(name), name }
    assert_operator CodeTracer::Filter::BuiltIn::SECRET_NAMES.size, :>=, 90
  end

  private

  def assert_hidden(*words)
    run = ruby(EXE, *words, "-o", in_folder("trace"), PROGRAM, env: ENVIRONMENT,
                                                               stdin: "pl4nted-input-W3\n")
    assert_equal "exit 0", run.ending, run.to_s
    assert_match(/values? redacted/, run.err)
    assert_empty find_secrets(in_folder("trace"), SECRETS, in_source: IN_SOURCE)
    events = checked_events
    ["company = String:\"pan-european\"", "passenger = String:\"Ms Keyes\"",
     "token_count = Integer:3", "holder: String:\"B. Tester\"",
     "secretary = String:\"Ann\""].each { |shown| assert_includes events, shown }
  end

  # The program's text may be in the spool, without what has the form of a secret.
  def hidden_secrets
    SECRETS - IN_SOURCE
  end
end

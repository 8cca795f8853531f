# frozen_string_literal: true

# What the filters keep out of the trace: code, variables and fields by their names, secrets in
# text.
#
# Used by Places, Recorder and the values, one for a recording. Mirrors
# ext/codetracer_recorder/value_filter.c and path_filter.c.
require_relative "../filter/decider"
require_relative "../filter/secret_text"
require_relative "core"
require_relative "table"
require_relative "text"

module CodeTracer
  module Pure
    class ValueFilter
      ALLOW, REDACT, DROP = 0, 1, 2
      LOCAL, GLOBAL, ARGUMENT, RETURN, ATTRIBUTE = *0..4
      SECRET_SIZE_MAX = 1024 # behind what is kept of a text: so far a secret is looked for

      SETTER = /[\w\x80-\xFF]=\z/n.freeze # `==` is none
      HASH_SIZE_MAX = 1000
      HASH_SIZE = Core.take(Hash, :size)
      HASH_EACH = Core.take(Hash, :each_pair)
      VARIABLES = Core.take(Kernel, :instance_variables)
      VARIABLE = Core.take(Kernel, :instance_variable_get)

      # What was decided for some code: whether it is recorded, and what of its values.
      class Policy
        # `heads`: variables that are shown as they are, with the text that Locals begins them by.
        attr_reader :is_traced, :has_attribute_rules, :heads

        def initialize(decision, names)
          @is_traced, @action = decision.is_traced, decision.value_action
          @patterns, @names = decision.patterns, names
          @has_attribute_rules = @patterns.any? { |rule| rule.kind == ATTRIBUTE }
          @locals, @globals, @returns, @attributes = {}, {}, {}, {}
          @heads = Table.by_identity
        end

        # Of a variable or argument, which are judged by the rules for either.
        def local(name)
          @locals[name] ||= judge([LOCAL, ARGUMENT], name, @action)
        end

        def return(name)
          @returns[name] ||= judge([RETURN], name, @action)
        end

        # Of a watched variable, without the marks before its name.
        def global(name)
          @globals[name] ||= judge([GLOBAL], name, @action)
        end

        # A part of a value that is shown is shown unless a rule is about it.
        def attribute(name)
          @attributes.clear if @attributes.size > 10_000
          @attributes[name] ||= judge([ATTRIBUTE], name, ALLOW)
        end

        private

        # The first rule of each kind counts, the stricter of two kinds.
        def judge(kinds, name, action)
          text = name.is_a?(Symbol) ? Core::SYMBOL_TEXT.bind_call(name).b : name
          text = text.byteslice(1, text.bytesize) if kinds == [ATTRIBUTE] && text.start_with?("@")
          rules = @patterns.select { |rule| kinds.include?(rule.kind) && rule.matcher.match?(text) }
          rules = rules.uniq(&:kind)
          action = rules.map(&:action).max unless rules.empty?
          return action unless action == ALLOW && rules.none?(&:is_explicit)

          @names.secret?(text) ? REDACT : ALLOW
        end
      end

      # A Table of values as they are shown, which a secret that is learnt may change.
      attr_writer :shown_values
      # ClassNames, to spell a method where rules are about methods.
      attr_writer :class_names
      # Of the code whose values are looked at.
      attr_accessor :policy
      # HeldEvents, in which values that are redacted are looked for.
      attr_reader :waiting
      # Values that were redacted.
      attr_reader :hidden_count

      # `options` are the recording's.
      def initialize(options)
        plain = options[:filter].merge(
          skip_prefixes: options[:skip_prefixes], gem_prefixes: options[:gem_prefixes],
          own_prefixes: options[:own_prefixes], main_script: options[:main_script]
        )
        @decider = Filter::Decider.new(plain)
        @names = Filter::SecretNames.new(plain[:secret_names], plain[:telling_words])
        known = Filter::KnownSecrets.new(options[:known_secrets])
        @secrets, @sources = Filter::SecretText.new(@names, known), Filter::SecretText.new(nil)
        @evals = Filter::SecretText.new(nil, known)
        @units, @policies, @methods, @named = {}, {}, {}, {}
        @waiting = []
        @hidden_count = 0
      end

      # ---- code ----

      # Whether any code of the file is recorded.
      def file?(real_path)
        !@decider.skips_file?(@decider.unit(real_path))
      end

      # Code of `path_id` is judged as that of the file.
      def note(path_id, real_path)
        @units[path_id & Position::FILE_MASK] ||= @decider.unit(real_path)
      end

      # The Policy of an event's code. hot
      def policy_of(path_id, tracepoint)
        path_id &= Position::FILE_MASK
        method = tracepoint && @decider.object_rules? ? tracepoint.method_id : nil
        return @policies[path_id] ||= decide(path_id, nil) unless method

        owner = tracepoint.defined_class
        known = ((@methods[path_id] ||= Table.by_identity)[owner] ||= {})
        known[method] ||= named(path_id, method) do
          decide(path_id, @class_names.method_name(owner, method))
        end
      end

      # Of code that a backtrace tells by the bare name of its method, "pay" or "<main>". Where some
      # methods of that name are recorded and some are not, it counts as one that is.
      def policy_of_caller(path_id, label)
        policies = (@decider.object_rules? && @named[[path_id, label]]) || []
        policies.find(&:is_traced) || policies.first || policy_of(path_id, nil)
      end

      # ---- values ----

      # The names without those of the object's fields that are left out. hot
      def kept_fields(object, names, fields)
        return names unless @policy && @policy.has_attribute_rules

        names.reject do |name|
          next if !name.start_with?("@") || field(name) != DROP

          learn(fields.get(object, name))
          true
        end
      end

      # hot
      def field(name)
        return @policy.attribute(name) if @policy && @policy.has_attribute_rules

        @names.secret?(Core::SYMBOL_TEXT.bind_call(name)) ? REDACT : ALLOW
      end

      # What happens to a hash's value under this key. hot
      def key(key)
        return field(key) if Core::INSTANCE_OF.bind_call(Symbol, key)
        return ALLOW unless Core::INSTANCE_OF.bind_call(String, key)
        return @policy.attribute(Text.bytes(key)) if @policy && @policy.has_attribute_rules

        @names.secret?(Text.bytes(key)) ? REDACT : ALLOW
      end

      # What a Hash or an object holds under secrets' names; of a large Hash none.
      def hidden_in(receiver)
        return hidden_variables(receiver) unless Core::INSTANCE_OF.bind_call(Hash, receiver)
        return [] if HASH_SIZE.bind_call(receiver) > HASH_SIZE_MAX

        hidden = []
        HASH_EACH.bind_call(receiver) { |name, value| hidden << value if key(name) != ALLOW }
        hidden
      end

      # A value that is about to be redacted.
      def hide(value)
        @hidden_count += 1
        learn(value)
      end

      # One that is not shown: it is a secret under any other name, too.
      def learn(value)
        @waiting.each { |held| held.hide(value) } unless @waiting.empty?
        learn_text(Text.bytes(value)) if Core::INSTANCE_OF.bind_call(String, value)
      end

      def learn_text(text)
        count = @secrets.learnt_count
        @secrets.learn(text)
        @shown_values&.forget_all if @secrets.learnt_count != count
      end

      # Whether something is called like a secret, by the built-in names.
      def secret_name?(name)
        @names.secret?(name)
      end

      # Whether all arguments of a method are secrets: of `password=`.
      def setter?(method)
        name = Core::SYMBOL_TEXT.bind_call(method)
        SETTER.match?(name.b) && @policy.return(method) != ALLOW
      end

      # How many secrets were learnt. What was made before one was may hold it. hot
      def learnt_count
        @secrets.learnt_count
      end

      # The text without secrets; itself when there are none. `limit` is what is kept of it.
      def mask(text, limit = nil)
        bytes = Text.bytes(text)
        size = limit ? [bytes.bytesize, limit + SECRET_SIZE_MAX].min : bytes.bytesize
        masked = @secrets.mask(bytes.byteslice(0, size))
        return text unless masked

        @hidden_count += 1
        masked << bytes.byteslice(size, bytes.bytesize)
      end

      # Of one that was masked before: what has been learnt since may stand in it.
      def mask_again(text)
        @secrets.mask(Text.bytes(text)) || text
      end

      # Of the same size, with `*` over each secret.
      def blank_known(text)
        @secrets.blank(text) || text
      end

      # The text of a source.
      def blank(text)
        @sources.blank(text.b) || text
      end

      # The text of a string given to eval, which the program may have put a secret into.
      def blank_eval(text)
        @evals.blank(text.b) || text
      end

      private

      def named(path_id, method)
        policy = yield
        (@named[[path_id, Core::SYMBOL_TEXT.bind_call(method)]] ||= []) << policy
        policy
      end

      def hidden_variables(object)
        names = VARIABLES.bind_call(object).select { |name| field(name) != ALLOW }
        names.map { |name| VARIABLE.bind_call(object, name) }
      end

      def decide(path_id, name)
        unit = @units[path_id]
        return Policy.new(Filter::Decision.new(true, ALLOW, [], []), @names) unless unit

        Policy.new(@decider.decide(unit, name), @names)
      end
    end
  end
end

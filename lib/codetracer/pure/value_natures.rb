# frozen_string_literal: true

# Values that are more than their instance variables: exceptions, sets, matches, what notes are
# made of; and any of them, or a string or list, that has instance variables besides.
#
# Included by ValueTree, whose state it uses. Mirrors ext/codetracer_recorder/snapshot_object.c,
# snapshot_collection.c and snapshot.c.
require_relative "attributes"
require_relative "exception_text"
require_relative "value_fields"
require_relative "value_notes"

module CodeTracer
  module Pure
    module ValueNatures
      SET_HASH = :@hash
      HASH_KEYS = Core.take(Hash, :keys)
      MATCH_PARTS = Core.take(MatchData, :to_a)
      LISTS = %i[array hash range match set].freeze
      MESSAGE_SIZE_MAX = 1024 # of one that no String holds

      # Whether it has instance variables besides what it is itself.
      def wrapped?(object, kind)
        return false unless kind.wrappable?

        names = ValueFields::VARIABLES.names(object)
        return !allowed(object, names).empty? unless kind.sort == :set

        names.size > 1 && !hash_of_set(object).nil?
      end

      private

      def put_wrapped(object, kind)
        return put_met(object, kind) if met?(object)

        fields = ValueFields::WRAPPED
        names = allowed(object, fields.names(object, kind.sort == :set ? SET_HASH : nil))
        number = @identities.of(object)
        return put_fields(object, kind, number, fields, names) if @depth < @depth_max
        return put_cut(kind, number, names.size) if LISTS.include?(kind.sort)

        # A text is shown even there.
        fields = ValueFields::WRAPPED_TEXT
        put_fields(object, kind, number, fields, names)
      end

      # A field that no method of the object's answers.
      def put_own_part(object, fields)
        @node_count += 1
        return put_message(object) if ValueFields::EXCEPTION.equal?(fields)

        kind = @kinds.of(object)
        @met.remove(object) if LISTS.include?(kind.sort) # the list itself is met again at once
        put_itself(object, kind)
      end

      # By what was declared of its class.
      def put_serialized(object, kind)
        serializer = kind.serializer
        return put_chosen(object, kind, serializer.names) unless serializer.has_entries

        list = (@attributes ||= Attributes.new(@kinds)).of(object, serializer.names.first)
        return put_object(object, kind) unless list
        return put_met(object, kind) if list.empty? || met?(object)

        fields = Attributes::Fields.new(list)
        put_within(list, kind, @identities.of(object), fields, fields.names(list))
      end

      def put_chosen(object, kind, names)
        names = allowed(object, names & ValueFields::VARIABLES.names(object))
        return put_met(object, kind) if names.empty? || met?(object)

        put_within(object, kind, @identities.of(object), ValueFields::VARIABLES, names)
      end

      def put_exception(object, kind)
        return put_met(object, kind) if met?(object)

        fields = ValueFields::EXCEPTION
        put_within(object, kind, @identities.of(object), fields,
                   allowed(object, fields.names(object)))
      end

      def put_message(exception)
        text = @exception_text.string(exception)
        @scalars.string(text || @exception_text.part(exception, MESSAGE_SIZE_MAX), @string_kind)
      end

      # What a Set keeps its elements in, nil when it is another.
      def hash_of_set(set)
        hash = ValueFields::VARIABLES.get(set, SET_HASH)
        hash if Core::INSTANCE_OF.bind_call(Hash, hash)
      end

      def put_set(set, kind)
        hash = hash_of_set(set)
        return put_object(set, kind) unless hash

        put_elements(set, kind) { HASH_KEYS.bind_call(hash) }
      end

      def put_match(match, kind)
        put_elements(match, kind) { MATCH_PARTS.bind_call(match) }
      end

      # Yields for all elements, in an array of ours.
      def put_elements(list, kind)
        return put_shared(list, kind) if met?(list)

        elements = yield
        count = elements.size
        return put_cut(kind, @shared.get(list), count) if @depth >= @depth_max

        put_list(list, kind, count, 1) do
          ValueTree::COLLECT.bind_call(@parts.of_array(elements, count)) do |element|
            put(element) if @node_count < @node_count_max
          end
        end
      end

      # Without the instance variables that a filter drops. hot
      def allowed(object, names)
        @filter.kept_fields(object, names, ValueFields::VARIABLES)
      end

      # Without secrets.
      def masked(text)
        shown = @filter.mask(text)
        Core::EQUAL.bind_call(shown, text) ? text : shown.force_encoding(Text::UTF8)
      end

      # Class, number and what is said of it; or a text in its place.
      def put_noted(object, kind)
        text, is_cut = @notes.text(object, kind.sort)
        if text
          @is_cut ||= is_cut
          return put_raw(kind.type, masked(text))
        end
        number = @identities.of(object)
        note = @notes.note(object, kind.sort)
        put_raw(kind.type, words_of(kind, number, note ? " #{masked(note)}>" : ">"))
      end
    end
  end
end

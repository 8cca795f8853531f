# frozen_string_literal: true

# Builds the hook that only counts. bench/empty_hook.rb runs this in a folder under build/.
#
# The same optimisation as the recorder's: the two are compared.
require "mkmf"

$CFLAGS << " -O2 -Wall -Wextra -Wno-unused-parameter"

create_makefile("empty_hook")

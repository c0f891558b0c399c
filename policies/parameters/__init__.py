"""What the decisions allow, stated once.

`clusters/` says what is asked for, this package what is allowed; controls read nothing else. To loosen a rule is a change here, in review.
Each parameter names the decision that it belongs to, and is read as `parameters.NAME`, whatever its file.
"""

from __future__ import annotations

from policies.parameters.baseline import *
from policies.parameters.login import *
from policies.parameters.network import *
from policies.parameters.nodes import *
from policies.parameters.operations import *
from policies.parameters.pods import *
from policies.parameters.recorded import *
from policies.parameters.values import *

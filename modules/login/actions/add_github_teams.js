// Puts the slugs of the user's teams in one GitHub organisation into the ID token, at each login and each refresh.
const GITHUB_ORGANISATION = __GITHUB_ORGANISATION__;
const TENANT_DOMAIN = __TENANT_DOMAIN__;
const GROUPS_CLAIM = __GROUPS_CLAIM__;

// include: membership.js

// include: teams.js

// include: identity.js

exports.onExecutePostLogin = async (event, api) => {
  try {
    const groups = await withinBudget(async (signal) => {
      // A refusal by an earlier Action does not stop the flow, so membership is verified here too.
      const read = await verifiedReader(event, signal);
      return teamSlugs(read, GITHUB_ORGANISATION);
    });
    api.idToken.setCustomClaim(GROUPS_CLAIM, groups);
  } catch (error) {
    refuse(api, error);
  }
};
